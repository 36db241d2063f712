package facet.kernels.cuda;

import facet.kernels.DeviceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.function.Consumer;

/// Loads the CUDA driver (`libcuda.so.1`, which comes with the GPU's driver) and JCuda's native
/// halves, in the order that makes failures messages instead of linkage errors.
final class DriverLibrary {
  /// The file of another driver, for tests.
  private static final String OVERRIDE = "facet.cuda.driver";

  private static final String TEMPORARY = "java.io.tmpdir";

  private DriverLibrary() {}

  /// Without JCuda on the class path no class that names it can be loaded.
  ///
  /// @throws DeviceException if it is not there
  static void requireJCuda() {
    if (DriverLibrary.class.getResource("/jcuda/driver/JCudaDriver.class") == null) {
      throw new DeviceException(
          "JCuda is not on the class path; add org.jcuda's jcuda, jcublas, jcudnn and their"
              + " natives, which facet-kernels names as optional, or use the cpu device.");
    }
  }

  /// Loads the driver.
  ///
  /// @throws DeviceException if there is none
  @SuppressWarnings("restricted") // to load a native library is what this is for
  static void load() {
    var system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.toLowerCase(Locale.ROOT).equals("linux amd64")) {
      throw new DeviceException(
          "CUDA is used on Linux on x86-64 only, and this is " + system + ".");
    }
    var override = System.getProperty(OVERRIDE);
    if (override != null) {
      System.load(override);
      return;
    }
    DriverProbe.require();
    try {
      // The linker finds it by its name once it is loaded, no matter by what.
      SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
    } catch (IllegalArgumentException e) {
      throw new DeviceException(
          "no libcuda.so.1 was found (looked where the linker looks: LD_LIBRARY_PATH, ld.so.cache,"
              + " /lib, /usr/lib); install the driver of your NVIDIA GPU, or use --device cpu.");
    }
  }

  /// See [#unpackingPrivately(Consumer, Runnable)].
  static void unpackingPrivately(Runnable initialisation) {
    unpackingPrivately(folder -> {}, initialisation);
  }

  /// Runs `initialisation`, in which JCuda unpacks a native library into the folder for temporary
  /// files, with a folder that nobody else can write to: JCuda runs whatever it finds there under
  /// its fixed name.
  ///
  /// @param preparation may put a library into that folder
  static void unpackingPrivately(Consumer<Path> preparation, Runnable initialisation) {
    var before = System.getProperty(TEMPORARY);
    try {
      var folder =
          Files.createTempDirectory(
              "facet-jcuda-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      System.setProperty(TEMPORARY, folder.toString());
      try {
        preparation.accept(folder);
        initialisation.run();
      } finally {
        System.setProperty(TEMPORARY, before);
        delete(folder); // what is loaded stays mapped
      }
    } catch (IOException | UnsupportedOperationException e) { // the latter on a foreign file system
      throw new DeviceException(
          "JCuda's library cannot be unpacked into a folder of its own in "
              + before
              + " ("
              + e
              + "); give Java another with JDK_JAVA_OPTIONS=-Djava.io.tmpdir=FOLDER, or use"
              + " --device cpu.");
    } catch (UnsatisfiedLinkError e) {
      throw new DeviceException(
          "JCuda's library cannot be loaded from "
              + before
              + " ("
              + e.getMessage()
              + "); mount it with exec, give Java another folder with"
              + " JDK_JAVA_OPTIONS=-Djava.io.tmpdir=FOLDER, or use --device cpu.");
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
