package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import facet.kernels.DeviceException;
import facet.kernels.Devices;
import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.op.Add;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Errors, memory and launches, where an exact driver must be made to misbehave.
@CudaTest(onTestDriver = true)
class DriverTest {
  private static CudaBackend backend() {
    return new CudaBackend(0, Precision.FP32, KernelChoice.HANDWRITTEN);
  }

  @Test
  void autoTakesTheGpu() {
    try (var backend = Devices.open("auto", 0)) {
      assertThat(backend.name()).isEqualTo("cuda:0");
      assertThat(backend.description()).contains("compute capability 9.0", "8 GiB", "fp32");
    }
  }

  @Test
  void noSuchGpu() {
    assertThatThrownBy(() -> Devices.open("cuda:7", 0))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "device 'cuda:7' is unavailable: there is no GPU number 7: the CUDA driver knows 1"
                + " (0 to 0).");
  }

  @Test
  void driverWithoutGpu(TestDriver test) {
    test.devices(0);
    assertThatThrownBy(() -> Devices.open("cuda", 0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("no usable GPU (CUDA_ERROR_NO_DEVICE)")
        .hasMessageContaining("--device cpu");
    try (var backend = Devices.open("auto", 1)) {
      assertThat(backend.name()).isEqualTo("cpu");
    }
  }

  @Test
  void errorsNameKernelGridAndOp(TestDriver test) {
    try (var backend = backend();
        var scope = Scope.on(backend);
        var tape = Tape.on(backend)) {
      var x = scope.zeros(Shape.of(3, 100));
      test.fail("cuLaunchKernel", 1, 700);
      assertThatThrownBy(() -> tape.apply(new Add(), x, x))
          .isInstanceOf(DeviceException.class)
          .hasMessage(
              "CUDA error CUDA_ERROR_ILLEGAL_ADDRESS (700, an illegal memory access was"
                  + " encountered) in kernel add, grid 2x1x1, block 256x1, 0 bytes of shared"
                  + " memory, op Add.forward.");
    }
  }

  @Test
  void argumentsMustFitTheKernel() {
    try (var driver = new Driver(0)) {
      var fill = CudaModule.load(driver, "pointwise").kernel("fill");
      assertThatThrownBy(() -> fill.begin().arg(1f))
          .hasMessage("kernel fill(ifp): argument 0 is given as 'f'");
      assertThatThrownBy(() -> fill.begin().arg(1).launch(1, 32))
          .hasMessage("kernel fill(ifp): only 1 arguments are given");
      assertThatThrownBy(() -> CudaModule.load(driver, "pointwise").kernel("no"))
          .hasMessage("module pointwise has no kernel no");
    }
  }

  @Test
  void outOfMemoryFreesWhatIsIdleThenSaysHowMuchWasNeeded(TestDriver test) {
    try (var backend = backend()) {
      var idle = backend.pool().take(1 << 20);
      backend.pool().give(idle);
      test.memory(test.used() + (1 << 20));
      var other = backend.pool().take(1 << 19);
      assertThat(backend.pool().allocatedElements()).isEqualTo(other.length());
      assertThatThrownBy(() -> backend.pool().take(1 << 22))
          .isInstanceOf(DeviceException.class)
          .hasMessageMatching(
              "the GPU is out of memory: 16.0 MiB are needed at once, [0-9.]+ of [0-9.]+ MiB are"
                  + " free; use a smaller --batch-size or network.");
    }
  }

  @Test
  void launchesMakeNoGarbage() {
    try (var driver = new Driver(0)) {
      var memory = new CudaMemory(driver);
      var y = memory.scratch(8);
      var fill = CudaModule.load(driver, "pointwise").kernel("fill");
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      var bytes = Long.MAX_VALUE;
      for (var round = 0; round < 3; round++) { // the first ones load classes
        var before = threads.getCurrentThreadAllocatedBytes();
        for (var i = 0; i < 1000; i++) {
          fill.begin().arg(8).arg(1f).arg(y).launch(1, 32);
        }
        bytes = Math.min(bytes, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(bytes).isLessThan(1000);
    }
  }

  @Test
  void copiesArriveInPiecesAndInOrder(TestDriver test) {
    test.lazy(true);
    try (var backend = backend()) {
      var values = new float[300_000];
      var storage = backend.pool().take(values.length);
      for (var round = 1; round <= 5; round++) {
        Arrays.fill(values, round);
        backend.write(values, 0, storage, values.length);
        backend.kernels().pointwise().axpy(values.length, 1, storage, storage);
      }
      Arrays.fill(values, 0);
      backend.read(storage, values, 0, values.length);
      assertThat(values).containsOnly(10f);
      var allocations = backend.allocations();
      backend.write(values, 0, storage, values.length);
      backend.read(storage, values, 0, values.length);
      assertThat(backend.allocations()).isEqualTo(allocations);
    }
  }
}
