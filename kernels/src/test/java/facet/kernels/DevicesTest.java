package facet.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import facet.kernels.cpu.CpuBackend;
import java.nio.file.Files;
import java.nio.file.Path;
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
    assertThatThrownBy(() -> Devices.open("cpu", 1, Precision.BF16, KernelChoice.HANDWRITTEN))
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
