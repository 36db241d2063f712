package facet.kernels.cuda;

import facet.kernels.DeviceException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds and loads NVIDIA's libraries and JCuda's halves that call them.
///
/// JCuda's half for cuBLAS was linked against `libcublas.so.12`. The functions that it calls are in
/// `libcublas.so.13` as well, but the loader looks for that very name and version: where there is
/// only the new library, both are changed in a private copy ([ElfPatch]).
final class VendorLibraries {
  /// Folders to look in first, separated by colons.
  static final String FOLDERS = "FACET_CUDA_LIBRARIES";

  private static final String CUBLAS = "cuBLAS";
  private static final String CUDNN = "cuDNN";
  private static final List<String> CUBLAS_FILES = List.of("libcublas.so.12", "libcublas.so.13");
  private static final List<String> CUDNN_FILES = List.of("libcudnn.so.9");

  private VendorLibraries() {}

  /// Loads cuBLAS 12 or 13, then runs `initialisation`, which must initialise `JCublas2`.
  ///
  /// @throws DeviceException if it cannot be loaded: which file is missing, and where it looked
  static void loadCublas(Runnable initialisation) {
    var library = require(CUBLAS, CUBLAS_FILES);
    var version = Objects.toString(library.getFileName());
    var lt = library.resolveSibling(version.replace("libcublas.", "libcublasLt."));
    if (Files.exists(lt)) {
      load(CUBLAS, lt); // which cuBLAS needs and might not find
    }
    load(CUBLAS, library);
    DriverLibrary.unpackingPrivately(
        folder -> {
          if (version.equals("libcublas.so.13")) {
            place(folder, "JCublas2", "libcublas.so.12", version);
          }
        },
        initialisation);
  }

  /// Loads cuDNN 9, then runs `initialisation`, which must initialise `JCudnn`.
  ///
  /// @throws DeviceException as [#loadCublas]
  static void loadCudnn(Runnable initialisation) {
    load(CUDNN, require(CUDNN, CUDNN_FILES));
    DriverLibrary.unpackingPrivately(initialisation);
  }

  @SuppressWarnings("restricted") // to load a native library is what this is for
  private static void load(String product, Path library) {
    try {
      System.load(library.toString());
    } catch (UnsatisfiedLinkError e) {
      throw new DeviceException(
          String.format(Locale.ROOT, "%s cannot be loaded: %s.", product, e.getMessage()));
    }
  }

  /// Each library's file, or why it cannot be loaded.
  static Map<String, String> status() {
    var status = new LinkedHashMap<String, String>();
    status.put(CUBLAS, status(CUBLAS, CUBLAS_FILES));
    status.put(CUDNN, status(CUDNN, CUDNN_FILES));
    return status;
  }

  private static String status(String product, List<String> names) {
    try {
      return "found: " + require(product, names);
    } catch (DeviceException e) {
      return "not available: " + e.getMessage();
    }
  }

  private static Path require(String product, List<String> names) {
    var folders = folders();
    for (var name : names) {
      for (var folder : folders) {
        var file = folder.resolve(name);
        if (Files.exists(file)) {
          return file.toAbsolutePath();
        }
      }
    }
    throw new DeviceException(
        String.format(
            Locale.ROOT,
            "%s was not found: no %s in %s; install it, or name its folder in %s.",
            product,
            String.join(" or ", names),
            folders.stream().map(Path::toString).reduce((a, b) -> a + ", " + b).orElse(""),
            FOLDERS));
  }

  private static List<Path> folders() {
    var folders = new ArrayList<Path>();
    folders.addAll(split(System.getProperty("facet.cuda.libraries")));
    folders.addAll(split(System.getenv(FOLDERS)));
    folders.addAll(split(System.getenv("LD_LIBRARY_PATH")));
    for (var home : split(System.getenv("CUDA_HOME"))) {
      folders.add(home.resolve("lib64"));
    }
    folders.add(Path.of("/usr/local/cuda/lib64"));
    folders.add(Path.of("/usr/lib/x86_64-linux-gnu"));
    folders.add(Path.of("/usr/lib64"));
    return folders;
  }

  private static List<Path> split(@Nullable String list) {
    return list == null
        ? List.of()
        : Stream.of(list.split(File.pathSeparator))
            .filter(s -> !s.isEmpty())
            .map(Path::of)
            .toList();
  }

  /// Puts JCuda's library into the folder where JCuda would unpack it, changed.
  private static void place(Path folder, String library, String from, String to) {
    var version = Driver.jcudaVersion();
    var file = String.format(Locale.ROOT, "lib%s-%s-linux-x86_64.so", library, version);
    try (var in = VendorLibraries.class.getResourceAsStream("/lib/" + file)) {
      var bytes = Objects.requireNonNull(in, file).readAllBytes();
      ElfPatch.renameDependency(bytes, from, to);
      Files.write(folder.resolve(file), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
