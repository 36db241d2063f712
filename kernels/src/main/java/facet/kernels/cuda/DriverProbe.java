package facet.kernels.cuda;

import facet.kernels.DeviceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Tries the CUDA driver in a process of its own. A `libcuda.so.1` may be anything: another
/// program's stub, half of an update, a library that ends the process when it finds no GPU; and
/// what it does to a process cannot be undone in that process.
final class DriverProbe {
  private static final String LIBRARY = "libcuda.so.1";
  private static final String GOOD = "facet: the driver answers";
  private static final int PATIENCE_SECONDS = 60;

  /// The functions that [Driver] calls, by the names that JCuda's library has for them. To call one
  /// that is missing would end the process.
  static final List<String> FUNCTIONS =
      List.of(
          "cuCtxSetCurrent",
          "cuDeviceGet",
          "cuDeviceGetAttribute",
          "cuDeviceGetCount",
          "cuDeviceGetName",
          "cuDevicePrimaryCtxRelease_v2",
          "cuDevicePrimaryCtxRetain",
          "cuEventCreate",
          "cuEventElapsedTime",
          "cuEventRecord",
          "cuEventSynchronize",
          "cuFuncSetAttribute",
          "cuGetErrorString",
          "cuInit",
          "cuLaunchKernel",
          "cuMemAllocHost_v2",
          "cuMemAlloc_v2",
          "cuMemFreeHost",
          "cuMemFree_v2",
          "cuMemGetInfo_v2",
          "cuMemcpyDtoDAsync_v2",
          "cuMemcpyDtoHAsync_v2",
          "cuMemcpyHtoDAsync_v2",
          "cuModuleGetFunction",
          "cuModuleLoadData",
          "cuModuleLoadDataEx",
          "cuStreamCreate",
          "cuStreamDestroy_v2",
          "cuStreamSynchronize",
          "cuStreamWaitEvent");

  private static boolean good;

  private DriverProbe() {}

  /// Sees once that the driver, if the linker would find one, can be used.
  ///
  /// @throws DeviceException if it cannot
  static synchronized void require() {
    if (!good && isThere()) {
      var answer = ask();
      if (!answer.contains(GOOD)) {
        throw new DeviceException(
            answer.startsWith(LIBRARY)
                ? answer
                : LIBRARY
                    + " is there, but ends the process that calls it, or never answers; install the"
                    + " driver of your NVIDIA GPU again (see nvidia-smi), or use --device cpu.");
      }
      good = true;
    }
  }

  /// Whether the library is where the linker looks. Nothing is loaded: that alone may run its code.
  private static boolean isThere() {
    var listed = Stream.of(System.getenv().getOrDefault("LD_LIBRARY_PATH", "").split("[:;]"));
    var usual =
        Stream.of(
            "/lib",
            "/usr/lib",
            "/lib64",
            "/usr/lib64",
            "/lib/x86_64-linux-gnu",
            "/usr/lib/x86_64-linux-gnu");
    return Stream.concat(listed, usual).anyMatch(f -> Files.exists(Path.of(f, LIBRARY)))
        || isCached();
  }

  private static boolean isCached() {
    try {
      var cache = Files.readString(Path.of("/etc/ld.so.cache"), StandardCharsets.ISO_8859_1);
      return cache.contains(LIBRARY + "\0");
    } catch (IOException e) {
      return false;
    }
  }

  /// What the probe's process printed.
  private static String ask() {
    try {
      var process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:-CreateCoredumpOnCrash",
                  "-XX:ErrorFile=/dev/null",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  DriverProbe.class.getName())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "";
      }
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new DeviceException(
          "the CUDA driver could not be tried (" + e.getMessage() + "); use --device cpu.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DeviceException("interrupted while the CUDA driver was tried.");
    }
  }

  /// The probe's process: loads the driver, looks for its functions, lets it count the GPUs. It is
  /// no failure if there are none: opening one says so.
  @SuppressWarnings("restricted") // to load a native library is what this is for
  public static void main(String[] arguments) {
    var driver = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
    var missing = FUNCTIONS.stream().filter(name -> driver.find(name).isEmpty()).toList();
    if (missing.isEmpty()) {
      Driver.tryOut();
      System.out.println(GOOD);
    } else {
      System.out.println(
          LIBRARY
              + " lacks "
              + missing.getFirst()
              + ": it is not NVIDIA's driver, or an old one; install the driver of your GPU, or use"
              + " --device cpu.");
    }
  }
}
