package facet.kernels.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/// The kernels of one `.cu` file, from its PTX in the resources beside this class's package.
final class CudaModule {
  /// `.visible .entry name(` and its parameters, up to the closing parenthesis.
  private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)");

  private final Driver driver;
  private final String name;
  private final String ptx;
  private final Driver.Module handle;

  private CudaModule(Driver driver, String name, byte[] ptx) {
    this.driver = driver;
    this.name = name;
    this.ptx = new String(ptx, StandardCharsets.US_ASCII);
    // The driver reads the text up to a zero byte.
    this.handle = driver.load(name, Arrays.copyOf(ptx, ptx.length + 1));
  }

  /// Loads the kernels of `<family>.cu`.
  static CudaModule load(Driver driver, String family) {
    var resource = "/facet/kernels/cuda/" + family + ".ptx";
    try (var in = CudaModule.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            resource + " is missing: run kernels/src/main/cuda/build.sh");
      }
      return new CudaModule(driver, family, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Loads kernels from PTX.
  static CudaModule of(Driver driver, String name, byte[] ptx) {
    return new CudaModule(driver, name, ptx);
  }

  /// The kernel called `entry`.
  CudaKernel kernel(String entry) {
    return kernel(entry, CudaStorage.Type.FLOAT32);
  }

  /// The kernel called `entry`, whose activations are of a type.
  CudaKernel kernel(String entry, CudaStorage.Type activations) {
    var parameters = parameters(entry);
    return new CudaKernel(driver, entry, driver.function(handle, entry), parameters, activations);
  }

  /// The kernel's parameters as a word: `p` for a pointer, `i` for an integer, `f` for a float, `d`
  /// for a double.
  private String parameters(String entry) {
    var entries = ENTRY.matcher(ptx);
    while (entries.find()) {
      if (entries.group(1).equals(entry)) {
        var kinds = new StringBuilder();
        for (var parameter : entries.group(2).split(",")) {
          if (!parameter.isBlank()) {
            kinds.append(kind(parameter));
          }
        }
        return kinds.toString();
      }
    }
    throw new IllegalArgumentException("module " + name + " has no kernel " + entry);
  }

  private static char kind(String parameter) {
    if (parameter.contains(".f64 ")) {
      return 'd';
    }
    if (parameter.contains("64 ")) {
      return 'p';
    }
    return parameter.contains(".f32 ") ? 'f' : 'i';
  }
}
