package facet.kernels.cuda;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Compiles the test driver and the host libraries of all kernels into
/// `kernels/target/test-driver`, as far as they are not there yet: every file's name has the hash
/// of what it is made of.
final class TestDriverBuild {
  private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+(\\w+)");
  private static final Pattern KERNEL =
      Pattern.compile("__global__\\s+void\\s+(?:__launch_bounds__\\([^)]*\\)\\s*)?(\\w+)");

  private static final List<String> COMPILE =
      words(
          "g++ -std=gnu++17 -O2 -g1 -fPIC -fvisibility=hidden -ffp-contract=off -Wall"
              + (hasFma() ? " -mavx2 -mfma" : ""));

  private static final List<String> DRIVER_FLAGS = words("-Wextra");

  /// An index outside an array and an address that is not aligned are errors that the driver
  /// reports.
  private static final List<String> KERNEL_FLAGS =
      words(
          "-fno-stack-protector -fsanitize=bounds,alignment"
              + " -fno-sanitize-recover=bounds,alignment"
              + " -Wno-unknown-pragmas -Wno-unused-function -Wno-unused-variable"
              + " -include language.h");

  private final Path module;
  private final Path headers;
  private final Path target;

  private TestDriverBuild(Path module) throws IOException {
    this.module = module;
    this.headers = module.resolve("src/test/cuda");
    this.target = Files.createDirectories(module.resolve("target/test-driver"));
  }

  /// A library to be: its name, file, source and the folder of that.
  private record Part(String name, String file, String source, Path folder, List<String> flags) {}

  /// Builds what is missing.
  ///
  /// @return the file of the driver; its kernels lie beside it
  static Path build() throws IOException {
    var build = new TestDriverBuild(module());
    // Several JVMs may test at once.
    try (var file =
            FileChannel.open(
                build.target.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var lock = file.lock()) {
      assert lock.isValid();
      return build.assemble();
    }
  }

  /// The folder of this module, from the working directory of any.
  private static Path module() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("kernels/src/test/cuda"))) {
        return at.resolve("kernels");
      }
    }
    throw new IllegalStateException("kernels/src/test/cuda is in no folder above the working one");
  }

  private Path assemble() throws IOException {
    var shared = contents(headers, ".h") + contents(module.resolve("src/main/cuda"), ".cuh");
    var parts = parts();
    var names =
        parts.stream()
            .map(p -> p.name() + "-" + hash(shared + p.source() + COMPILE + p.flags()))
            .toList();
    var folder = target.resolve(hash(names.toString()));
    if (Files.exists(folder.resolve("libcuda.so.1"))) {
      return folder.resolve("libcuda.so.1");
    }
    var objects = Files.createDirectories(target.resolve("objects"));
    var missing = new ArrayList<Integer>();
    for (var i = 0; i < parts.size(); i++) {
      if (!Files.exists(objects.resolve(names.get(i) + ".so"))) {
        missing.add(i);
      }
    }
    var errors =
        missing.parallelStream()
            .map(i -> compile(parts.get(i), objects.resolve(names.get(i)).toString()))
            .collect(Collectors.joining());
    if (!errors.isEmpty()) {
      throw new IllegalStateException("the test driver does not compile:\n" + errors);
    }
    Files.createDirectories(folder);
    for (var i = parts.size() - 1; i >= 0; i--) { // the driver, the first part, last
      Files.copy(
          objects.resolve(names.get(i) + ".so"),
          folder.resolve(parts.get(i).file()),
          StandardCopyOption.REPLACE_EXISTING);
    }
    return folder.resolve("libcuda.so.1");
  }

  /// The driver, then the kernels of the product, of the ladder, and those with bugs.
  private List<Part> parts() throws IOException {
    var parts = new ArrayList<Part>();
    var driver = Files.readString(headers.resolve("driver.cpp"));
    var cublas = Files.readString(headers.resolve("cublas.cpp"));
    parts.add(new Part("driver", "libcuda.so.1", driver + stubs(driver), headers, DRIVER_FLAGS));
    parts.add(new Part("cublas", "libcublas.so.13", cublas, headers, DRIVER_FLAGS));
    for (var resources : List.of("src/main/resources", "src/test/resources")) {
      var root = module.resolve(resources).resolve("facet/kernels/cuda");
      for (var ptx : files(root, ".ptx")) {
        var name = root.relativize(ptx).toString().replace(".ptx", "");
        var source = module.resolve("src/main/cuda").resolve(name + ".cu");
        // Kernels that macros make have no names in the source; the PTX has them all.
        parts.add(kernels(name.replace('/', '-'), source, names(ENTRY, ptx)));
      }
    }
    for (var bug : files(headers.resolve("bugs"), ".cu")) {
      var name = "bug-" + bug.getFileName().toString().replace(".cu", "");
      parts.add(kernels(name, bug, names(KERNEL, bug)));
    }
    return parts;
  }

  /// A source with the table of its kernels.
  private static Part kernels(String name, Path source, List<String> kernels) throws IOException {
    var table = kernels.stream().map("KERNEL(%s)"::formatted).collect(Collectors.joining(", "));
    var text =
        String.format(
            Locale.ROOT,
            "#line 1 \"%s\"\n%s\nKERNELS(%s)\n",
            source.getFileName(),
            Files.readString(source),
            table);
    return new Part(name, name + ".host.so", text, source.getParent(), KERNEL_FLAGS);
  }

  private static List<String> names(Pattern pattern, Path file) throws IOException {
    var matches = pattern.matcher(Files.readString(file)).results();
    return matches.map(match -> match.group(1)).toList();
  }

  /// A function that refuses for every symbol that JCuda's library names and `driver` lacks: to
  /// call one that is not there would kill the JVM.
  private String stubs(String driver) throws IOException {
    return Files.readAllLines(headers.resolve("driver-symbols.txt")).stream()
        .filter(symbol -> !driver.contains("API int " + symbol + "("))
        .map("STUB(%s)\n"::formatted)
        .collect(
            Collectors.joining(
                "",
                """

                #define STUB(name) \
                  API int name() { return complain(NOT_SUPPORTED, #name " is not supported"); }
                """,
                ""));
  }

  /// Compiles a part into `stem.so`; returns the errors.
  private String compile(Part part, String stem) {
    try {
      Files.writeString(Path.of(stem + ".cpp"), part.source());
      var command = new ArrayList<>(COMPILE);
      command.addAll(List.of("-I" + headers, "-I" + module.resolve("src/main/cuda")));
      command.add("-I" + part.folder());
      command.addAll(part.flags());
      command.addAll(List.of("-c", stem + ".cpp", "-o", stem + ".o"));
      var errors = run(command);
      if (errors.isEmpty()) {
        // Symbols with a version, as NVIDIA's libraries have them.
        var name = "-Wl,--default-symver,-soname," + part.file();
        errors = run(List.of("g++", "-shared", name, "-o", stem + ".new", stem + ".o", "-ldl"));
      }
      if (errors.isEmpty()) {
        Files.move(
            Path.of(stem + ".new"), Path.of(stem + ".so"), StandardCopyOption.REPLACE_EXISTING);
        Files.delete(Path.of(stem + ".o"));
      }
      return errors;
    } catch (IOException e) {
      return part.name() + ": " + e + "\n";
    }
  }

  private static String run(List<String> command) throws IOException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return process.waitFor() == 0 ? "" : output + "\n";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /// Whether this CPU multiplies and adds at once, as nearly all do: products take half of the time
  /// then. Nothing newer is used, so that what one machine built runs on another; one without gets
  /// its own, since the flags are part of the hash.
  private static boolean hasFma() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      var flags = lines.filter(line -> line.startsWith("flags")).findFirst().orElse("");
      return words(flags).containsAll(List.of("avx2", "fma"));
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> words(String text) {
    return List.of(text.split(" "));
  }

  private static String contents(Path folder, String suffix) throws IOException {
    var text = new StringBuilder();
    for (var file : files(folder, suffix)) {
      text.append(file.getFileName()).append(Files.readString(file));
    }
    return text.toString();
  }

  private static List<Path> files(Path folder, String suffix) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private static String hash(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var bytes = digest.digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(bytes, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
