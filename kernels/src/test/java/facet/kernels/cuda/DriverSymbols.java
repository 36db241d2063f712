package facet.kernels.cuda;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Whether the CUDA driver has every function that JCuda's library names: to call one that is not
/// there would kill the JVM.
///
/// `java ... facet.kernels.cuda.DriverSymbols FILE`, the names one a line.
final class DriverSymbols {
  private DriverSymbols() {}

  public static void main(String[] args) throws IOException {
    var names = Files.readAllLines(Path.of(args[0]));
    var absent = missing(names);
    System.out.printf(
        Locale.ROOT, "%d of %d driver symbols found%n", names.size() - absent.size(), names.size());
    if (!absent.isEmpty()) {
      System.out.println("missing: " + String.join(" ", absent));
    }
    System.exit(absent.isEmpty() ? 0 : 1);
  }

  @SuppressWarnings("restricted") // native code is what this is about
  private static List<String> missing(List<String> names) {
    var file = System.getProperty("facet.cuda.driver", "libcuda.so.1");
    var driver = SymbolLookup.libraryLookup(file, Arena.global());
    return names.stream().filter(name -> driver.find(name).isEmpty()).toList();
  }
}
