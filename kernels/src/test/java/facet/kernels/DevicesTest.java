package facet.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import facet.kernels.cpu.ConvAlgorithm;
import facet.kernels.cpu.CpuBackend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.kernel.Conv2dShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesTest {
  @Test
  void cpuHasTheThreadsAskedFor() {
    try (var backend = Devices.open("cpu", 3)) {
      assertThat(backend.name()).isEqualTo("cpu");
      assertThat(((CpuBackend) backend).threads()).isEqualTo(3);
    }
  }

  @Test
  void zeroThreadsAreAllCores() {
    try (var backend = Devices.open("cpu", 0)) {
      assertThat(((CpuBackend) backend).threads())
          .isEqualTo(Runtime.getRuntime().availableProcessors());
    }
  }

  /// Of whole numbers, Winograd's algorithm with its irrational points makes others.
  @Test
  void directConvolutionRoundsNoWholeNumber() {
    assertThat(convolvesExactly(ConvAlgorithm.DIRECT)).isTrue();
    assertThat(convolvesExactly(ConvAlgorithm.FASTEST)).isFalse();
  }

  private static boolean convolvesExactly(ConvAlgorithm algorithm) {
    var open = Devices.open("cpu", 1, algorithm, Precision.FP32, KernelChoice.HANDWRITTEN);
    try (var backend = open;
        var scope = Scope.on(backend)) {
      var shape = new Conv2dShape(1, 24, 24, 16, 16, 3, 3, 1, 1);
      var random = new Random(1);
      var x = scope.of(Shape.of(1, 24, 24, 16), wholeNumbers(random, 24 * 24 * 16));
      var w = scope.of(Shape.of(16, 3, 3, 16), wholeNumbers(random, 16 * 9 * 16));
      var y = scope.zeros(Shape.of(1, 24, 24, 16));
      backend.kernels().conv().forward(shape, x.storage(), w.storage(), y.storage());
      return Arrays.stream(y.toDoubles()).allMatch(value -> value == Math.rint(value));
    }
  }

  private static float[] wholeNumbers(Random random, int count) {
    var values = new float[count];
    for (var i = 0; i < count; i++) {
      values[i] = random.nextInt(-9, 10);
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda", "cuda:0", "cuda:12"})
  void cudaNeverFallsBack(String device) {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "there is a GPU");
    assertThatThrownBy(() -> Devices.open(device, 1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("'" + device + "' is unavailable: ")
        .hasMessageContaining("--device cpu");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu", "cuda:", "cuda:x", "CPU", ""})
  void unknownDevicesListTheKnown(String device) {
    assertThatThrownBy(() -> Devices.open(device, 1))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "device '" + device + "' is unknown; known devices are auto, cpu, cuda and cuda:<n>.");
  }

  @Test
  void theCpuHasOnePrecision() {
    assertThatThrownBy(
            () ->
                Devices.open(
                    "cpu", 1, ConvAlgorithm.FASTEST, Precision.BF16, KernelChoice.HANDWRITTEN))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("fp32, not in bf16");
  }

  @Test
  void threadsMustNotBeNegative() {
    assertThatThrownBy(() -> Devices.open("cpu", -1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("-1");
  }
}
