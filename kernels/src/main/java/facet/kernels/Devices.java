package facet.kernels;

import facet.kernels.cpu.CpuBackend;
import facet.tensor.Backend;
import java.util.List;
import java.util.regex.Pattern;

/// Opens backends by the device names of the command line.
public final class Devices {
  private static final Pattern CUDA = Pattern.compile("cuda(:\\d{1,3})?");

  private Devices() {}

  /// The devices that a machine may have.
  public static List<String> names() {
    return List.of("cpu", "cuda");
  }

  /// Opens a backend.
  ///
  /// @param device `auto` (the best device there is), `cpu`, `cuda` or `cuda:n` (GPU number n). A
  ///     device that was named is never replaced by another.
  /// @param threads the number of threads of the `cpu` device; 0 stands for one a core
  /// @throws DeviceException if the device is unknown or unavailable
  public static Backend open(String device, int threads) {
    if (threads < 0) {
      throw new DeviceException("threads must be 0 (one a core) or more, but was " + threads + ".");
    }
    if (device.equals("auto") || device.equals("cpu")) {
      return threads == 0 ? CpuBackend.create() : new CpuBackend(threads);
    }
    if (CUDA.matcher(device).matches()) {
      throw new DeviceException(
          "device '"
              + device
              + "' is unavailable because this build has no CUDA backend; use --device cpu.");
    }
    throw new DeviceException(
        "device '" + device + "' is unknown; known devices are auto, cpu, cuda and cuda:<n>.");
  }
}
