package facet.kernels;

import facet.kernels.cpu.ConvAlgorithm;
import facet.kernels.cpu.CpuBackend;
import facet.kernels.cuda.CudaBackend;
import facet.tensor.Backend;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Opens backends by the device names of the command line.
public final class Devices {
  private static final Pattern CUDA = Pattern.compile("cuda(:\\d{1,3})?");

  private Devices() {}

  /// The devices that a machine may have.
  public static List<String> names() {
    return List.of("cpu", "cuda");
  }

  /// Opens a backend that computes in float32.
  ///
  /// @see #open(String, int, ConvAlgorithm, Precision, KernelChoice)
  public static Backend open(String device, int threads) {
    return open(device, threads, ConvAlgorithm.FASTEST, Precision.FP32, KernelChoice.HANDWRITTEN);
  }

  /// Opens a backend.
  ///
  /// @param device `auto` (the best device there is), `cpu`, `cuda` or `cuda:n` (GPU number n). A
  ///     device that was named is never replaced by another.
  /// @param threads the number of threads of the `cpu` device; 0 stands for one a core
  /// @param convolution how the `cpu` device convolves; a GPU's kernels are direct
  /// @param precision what gemm and convolution compute with; more than float32 needs a GPU
  /// @param kernels whose gemm and convolution run on a GPU
  /// @throws DeviceException if the device is unknown or unavailable
  public static Backend open(
      String device,
      int threads,
      ConvAlgorithm convolution,
      Precision precision,
      KernelChoice kernels) {
    if (threads < 0) {
      throw new DeviceException("threads must be 0 (one a core) or more, but was " + threads + ".");
    }
    if (device.equals("auto")) {
      var best = cudaProblem() == null ? "cuda" : "cpu";
      return open(best, threads, convolution, precision, kernels);
    }
    if (device.equals("cpu")) {
      return openCpu(threads, convolution, precision, kernels);
    }
    if (CUDA.matcher(device).matches()) {
      if (convolution != ConvAlgorithm.FASTEST) {
        throw new DeviceException(
            "a GPU's convolutions are direct; leave --convolution away or use the cpu device.");
      }
      return openCuda(device, precision, kernels);
    }
    throw new DeviceException(
        "device '" + device + "' is unknown; known devices are auto, cpu, cuda and cuda:<n>.");
  }

  private static Backend openCpu(
      int threads, ConvAlgorithm convolution, Precision precision, KernelChoice kernels) {
    if (precision != Precision.FP32) {
      throw new DeviceException(
          "the cpu device computes in fp32, not in "
              + precision.name().toLowerCase(Locale.ROOT)
              + "; leave --precision away or use a GPU.");
    }
    if (kernels != KernelChoice.HANDWRITTEN) {
      throw new DeviceException(
          "the cpu device has no vendor's kernels; leave --kernels away or use a GPU.");
    }
    var count = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    return new CpuBackend(count, convolution);
  }

  private static Backend openCuda(String device, Precision precision, KernelChoice kernels) {
    var colon = device.indexOf(':');
    var ordinal = colon < 0 ? 0 : Integer.parseInt(device.substring(colon + 1));
    try {
      return new CudaBackend(ordinal, precision, kernels);
    } catch (DeviceException e) {
      throw new DeviceException("device '" + device + "' is unavailable: " + e.getMessage());
    }
  }

  /// Why there is no GPU; null if there is one.
  private static @Nullable String cudaProblem() {
    try {
      CudaBackend.requireGpu();
      return null;
    } catch (DeviceException e) {
      return e.getMessage();
    }
  }
}
