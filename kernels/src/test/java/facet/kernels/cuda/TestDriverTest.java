package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.kernels.DeviceException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// The test driver catches what it is there to catch: the bugs planted in `src/test/cuda/bugs`.
@CudaTest(onTestDriver = true)
class TestDriverTest {
  /// PTX that says no more than the kernel's parameters: `p` a pointer, `i` an integer.
  private static CudaKernel kernel(Driver driver, String name, String parameters) {
    var declared = new StringBuilder();
    for (var i = 0; i < parameters.length(); i++) {
      var type = parameters.charAt(i) == 'p' ? ".u64" : ".u32";
      declared.append(i == 0 ? "" : ",").append("\n\t.param ").append(type).append(" p").append(i);
    }
    var ptx = ".version 8.0\n.target sm_75\n.visible .entry " + name + "(" + declared + "\n)\n{}\n";
    return CudaModule.of(driver, name, ptx.getBytes(StandardCharsets.US_ASCII)).kernel(name);
  }

  private static void isCaught(TestDriver test, ThrowingCallable call, String... words) {
    assertThatThrownBy(call).isInstanceOf(DeviceException.class);
    assertThat(test.message()).contains(words);
  }

  private static CudaStorage floats(Driver driver, int n) {
    return new CudaStorage(driver.allocate(4L * n), n, CudaStorage.Type.FLOAT32);
  }

  private static float[] read(Driver driver, CudaStorage storage) {
    var values = new float[storage.length()];
    new Staging(driver)
        .read(storage, (from, at, n) -> from.asFloatBuffer().get(values, at, n), values.length);
    return values;
  }

  @Test
  void divergentBarrier(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_divergent_barrier", "p");
      isCaught(
          test,
          () -> kernel.begin().arg(floats(driver, 32)).launch(1, 32),
          "divergent __syncthreads: this thread is at line 9, others wait at line 6");
    }
  }

  @Test
  void wrongMask(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_wrong_mask", "p");
      isCaught(
          test,
          () -> kernel.begin().arg(floats(driver, 32)).launch(1, 32),
          "divergent warp operation",
          "line 16");
    }
  }

  @Test
  void maskWithoutTheCaller(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_mask_without_caller", "p");
      isCaught(
          test,
          () -> kernel.begin().arg(floats(driver, 32)).launch(1, 32),
          "the mask 0000ffff lacks the calling lane");
    }
  }

  @Test
  void deadlock(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_deadlock", "p");
      isCaught(
          test,
          () -> kernel.begin().arg(floats(driver, 64)).launch(1, 64),
          "deadlock: of 64 threads 0 have returned, 33 wait at __syncthreads (line 29)");
    }
  }

  @Test
  void writingBehindAnAllocation(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_write_behind", "ip");
      var y = floats(driver, 1024);
      assertThatThrownBy(() -> kernel.begin().arg(1024).arg(y).launch(1, 32))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS")
          .hasMessageContaining("kernel bug_write_behind, grid 1x1x1, block 32x1");
      assertThat(test.message())
          .isEqualTo("kernel bug_write_behind: offset 4096 of an allocation of 4096 bytes");
    }
  }

  @Test
  void readingBeforeAnAllocation(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_read_before", "p");
      isCaught(
          test,
          () -> kernel.begin().arg(floats(driver, 1024)).launch(1, 32),
          "kernel bug_read_before");
    }
  }

  @Test
  void writingIntoTheGapOfAlignment(TestDriver test) {
    try (var driver = new Driver(0)) {
      var y = floats(driver, 5);
      kernel(driver, "bug_write_into_gap", "ip").begin().arg(5).arg(y).launch(1, 1);
      isCaught(
          test,
          () -> driver.free(y.address()),
          "a kernel wrote at offset 20 of an allocation of 20 bytes");
    }
  }

  @Test
  void indexOutsideSharedMemory(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_shared_index", "ip");
      var y = floats(driver, 32);
      kernel.begin().arg(0).arg(y).launch(1, 32);
      isCaught(
          test,
          () -> kernel.begin().arg(4).arg(y).launch(1, 32),
          "thread (28,0,0): line 14: index 32 is outside the array");
    }
  }

  @Test
  void missingBarrier() {
    try (var driver = new Driver(0)) {
      var x = floats(driver, 256);
      var y = floats(driver, 256);
      var fill = CudaModule.load(driver, "pointwise").kernel("fill");
      fill.begin().arg(256).arg(1f).arg(x).launch(1, 256);
      kernel(driver, "bug_missing_barrier", "pp").begin().arg(x).arg(y).launch(1, 256);
      assertThat(read(driver, y)).contains(Float.NaN);
    }
  }

  @Test
  void addressThatIsNotAligned(TestDriver test) {
    try (var driver = new Driver(0)) {
      var x = floats(driver, 8);
      var kernel = kernel(driver, "bug_not_aligned", "pp");
      isCaught(
          test,
          () -> kernel.begin().arg(x).arg(x).launch(1, 1),
          "memory.cu:31",
          "is not aligned to 16 bytes");
    }
  }

  @Test
  void writingBehindDynamicSharedMemory(TestDriver test) {
    try (var driver = new Driver(0)) {
      var kernel = kernel(driver, "bug_dynamic_shared", "ip");
      var y = floats(driver, 1);
      kernel.begin().arg(24).arg(y).launch(1, 1, 1, 1, 1, 100);
      isCaught(
          test,
          () -> kernel.begin().arg(25).arg(y).launch(1, 1, 1, 1, 1, 100),
          "the block wrote at offset 100 of 100 bytes of dynamic shared memory");
    }
  }

  /// What bug_products gives for numbers that are 0 and 1 in turn.
  private static float[] products(Driver driver, int missing, int overwritten) {
    var x = floats(driver, 64 * 32); // two of bf16 in a float
    var y = floats(driver, 64 * 64);
    var fill = CudaModule.load(driver, "pointwise").kernel("fill");
    fill.begin().arg(x.length()).arg(1f).arg(x).launch(8, 256);
    var kernel = kernel(driver, "bug_products", "iipp").begin().arg(missing).arg(overwritten);
    kernel.arg(x).arg(y).launch(1, 1, 1, 128, 1, 9 * 1024);
    return read(driver, y);
  }

  /// What must come between a copy and the tensor cores that read it; see `bugs/products.cu`.
  @Test
  void stepsOfAProductThatAreMissing(TestDriver test) {
    var complaints =
        List.of(
            "a copy may still be on its way to",
            "a thread wrote without fence.proxy.async after it",
            "a thread wrote and fenced, but no barrier followed",
            "no wgmma.fence before the group");
    for (var i = 0; i < complaints.size(); i++) {
      try (var driver = new Driver(0)) {
        var missing = i + 1;
        isCaught(test, () -> products(driver, missing, 0), complaints.get(i));
      }
      test.reset();
    }
    try (var driver = new Driver(0)) {
      assertThat(products(driver, 0, 0)).containsOnly(32f);
      assertThat(products(driver, complaints.size() + 1, 0)).containsOnly(0f);
      isCaught(test, () -> products(driver, 0, 1), complaints.getFirst());
    }
  }

  @Test
  void moreThreadsThanTheKernelIsCompiledFor() {
    var ptx =
        """
        .version 8.0
        .target sm_75
        .visible .entry bug_race(.param .u64 p0)
        .maxntid 128
        {}
        """;
    try (var driver = new Driver(0)) {
      var module = CudaModule.of(driver, "bounded", ptx.getBytes(StandardCharsets.US_ASCII));
      var kernel = module.kernel("bug_race");
      var y = floats(driver, 1);
      kernel.begin().arg(y).launch(1, 128);
      assertThatThrownBy(() -> kernel.begin().arg(y).launch(1, 160))
          .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
    }
  }

  @Test
  void resultsThatDependOnTheOrder(TestDriver test) {
    var last = new int[TestDriver.Order.values().length];
    for (var order : TestDriver.Order.values()) {
      try (var driver = new Driver(0)) {
        test.order(order, 1);
        var y = floats(driver, 1);
        kernel(driver, "bug_race", "p").begin().arg(y).launch(1, 256);
        last[order.ordinal()] = Float.floatToRawIntBits(read(driver, y)[0]);
      }
    }
    assertThat(last[0]).isEqualTo(255);
    assertThat(last[1]).isZero();
    assertThat(last[2]).isBetween(1, 254);
  }

  @Test
  void missingWaitForAnotherStream(TestDriver test) {
    test.lazy(true);
    try (var driver = new Driver(0)) {
      var values = new float[100];
      Arrays.fill(values, 3);
      var host = driver.pin(400);
      host.bytes().asFloatBuffer().put(values);
      var device = floats(driver, 100);
      var sent = driver.event();
      driver.copyToDevice(host, device.address(), 400, driver.copyStream());
      driver.record(sent, driver.copyStream());
      assertThat(read(driver, device)).as("without a wait").containsOnly(Float.NaN);
      driver.await(driver.mainStream(), sent);
      assertThat(read(driver, device)).as("with a wait").containsOnly(3f);
    }
  }

  @Test
  void ptxThatIsNotOfTheSource(TestDriver test) {
    try (var driver = new Driver(0)) {
      isCaught(
          test,
          () -> kernel(driver, "bug_race", "pi"),
          "the parameters of bug_race in the PTX are not those of its source");
      isCaught(test, () -> kernel(driver, "no_such_kernel", "p"), "no_such_kernel", "in no source");
    }
  }

  @Test
  void callsThatFailOnRequest(TestDriver test) {
    try (var driver = new Driver(0)) {
      test.fail("cuLaunchKernel", 1, 719);
      var fill = CudaModule.load(driver, "pointwise").kernel("fill");
      var y = floats(driver, 8);
      assertThatThrownBy(() -> fill.begin().arg(8).arg(1f).arg(y).launch(1, 32))
          .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED (719, unspecified launch failure)");
      fill.begin().arg(8).arg(1f).arg(y).launch(1, 32);
      assertThat(read(driver, y)).containsOnly(1f);
    }
  }
}
