package facet.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.kernels.cpu.CpuBackend;
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
    try (var backend = Devices.open("auto", 0)) {
      assertThat(((CpuBackend) backend).threads())
          .isEqualTo(Runtime.getRuntime().availableProcessors());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda", "cuda:0", "cuda:12"})
  void cudaNeverFallsBack(String device) {
    assertThatThrownBy(() -> Devices.open(device, 1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("'" + device + "' is unavailable")
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
  void threadsMustNotBeNegative() {
    assertThatThrownBy(() -> Devices.open("cpu", -1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("-1");
  }
}
