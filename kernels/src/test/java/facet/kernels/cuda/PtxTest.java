package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The committed PTX belongs to the sources beside it, and assembles within a budget of registers.
class PtxTest {
  private static final Path SOURCES = Path.of("src/main/cuda");
  private static final Path PRODUCT = Path.of("src/main/resources/facet/kernels/cuda");
  private static final Path LADDER = Path.of("src/test/resources/facet/kernels/cuda/ladder");

  /// What kernels may use, by what their names contain; the first that fits counts.
  ///
  /// Tensor cores: two blocks of 128 threads on a multiprocessor; with `wgmma` see its tiles. Plain
  /// gemm and convolution: two blocks of 256; what they spill are parameters that only the end
  /// needs. The hardest negative: six blocks of 64. Others: 1024 threads and more.
  private static final List<Budget> BUDGETS =
      List.of(
          new Budget("(gemm|conv)_.*_(tf32|bf16)", 255, 0),
          new Budget("(gemm|conv)_.*_wide_wgmma", 168, 0),
          new Budget("(gemm|conv)_.*_narrow_wgmma", 80, 0),
          new Budget("(gemm|conv)_.*_wgmma", 128, 0),
          new Budget("(gemm|conv)_\\d_.*", 168, 0),
          new Budget("(gemm|conv)_.*", 128, 256),
          new Budget("hardest_negative", 168, 0),
          new Budget(".*", 64, 0));

  private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)'");
  private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill loads");
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");

  /// A file's name in Markdown.
  private static final Pattern CODE = Pattern.compile("`([\\w.]+/?)`");

  /// A remark of the assembler about a pipeline of `wgmma` that it does not understand.
  private static final Pattern SERIALIZED = Pattern.compile("\\(C75\\d\\d\\)");

  /// @param spills bytes of spilled registers that are loaded
  private record Budget(String kernels, int registers, int spills) {}

  /// A file that is in a table of the README, as code, is explained there.
  @Test
  void theReadmeExplainsEveryFile() throws IOException {
    try (var files = Files.list(SOURCES)) {
      var names =
          files
              .map(file -> file.getFileName() + (Files.isDirectory(file) ? "/" : ""))
              .filter(name -> !name.equals("README.md"));
      var table =
          Files.readString(SOURCES.resolve("README.md"))
              .lines()
              .skip(2)
              .takeWhile(line -> line.startsWith("|"));
      assertThat(
              table
                  .flatMap(row -> CODE.matcher(row).results())
                  .map(code -> code.group(1))
                  .distinct())
          .containsExactlyInAnyOrderElementsOf(names.toList());
    }
  }

  @Test
  void theLockFileHoldsEveryFileAsItIs() throws Exception {
    var locked = new TreeMap<String, String>();
    for (var line : Files.readAllLines(SOURCES.resolve("kernels.lock"))) {
      if (line.matches("[0-9a-f]{64}  .*")) {
        locked.put(
            SOURCES.resolve(line.substring(66)).normalize().toString(), line.substring(0, 64));
      }
    }
    var actual = new TreeMap<String, String>();
    for (var file : files()) {
      actual.put(file.normalize().toString(), sha256(file));
    }
    assertThat(actual)
        .as("sources and PTX against kernels.lock: run kernels/src/main/cuda/build.sh")
        .isEqualTo(locked);
  }

  @Test
  void everyPtxDeclaresAVersionThatDriversOfCuda12Know() throws IOException {
    for (var ptx : ptx()) {
      assertThat(Files.readString(ptx)).as(ptx.toString()).contains(".version 8.0\n");
    }
  }

  @Test
  void everyKernelAssemblesWithinItsBudget() {
    DriverLibrary.unpackingPrivately(() -> JNvPTXCompiler.setExceptionsEnabled(false));
    var tasks = new ArrayList<List<String>>();
    for (var ptx : ptx()) {
      for (var gpu : gpus(ptx)) {
        tasks.add(List.of(ptx.toString(), gpu));
      }
    }
    var complaints =
        tasks.parallelStream()
            .flatMap(task -> complaints(Path.of(task.getFirst()), task.getLast()).stream())
            .toList();
    assertThat(complaints).isEmpty();
  }

  @Test
  void theSourcesBuildToTheSameBytes(@TempDir Path folder) throws Exception {
    assumeTrue(
        run(List.of("nvcc", "--version")).contains("release 13.0"),
        "the PTX is not rebuilt: there is no nvcc 13.0 on the PATH");
    var output = run(List.of(SOURCES.resolve("build.sh").toString(), folder.toString()));
    for (var ptx : ptx()) {
      var name = ptx.startsWith(LADDER) ? "ladder/" + ptx.getFileName() : ptx.getFileName();
      var rebuilt = folder.resolve(name.toString());
      assertThat(rebuilt).as(output).exists();
      assertThat(Files.mismatch(rebuilt, ptx)).as(ptx + " against its rebuild").isEqualTo(-1);
    }
  }

  private static List<String> gpus(Path ptx) {
    return ptx.toString().contains("wgmma") ? List.of("sm_90a") : List.of("sm_80", "sm_90");
  }

  private static List<String> complaints(Path ptx, String gpu) {
    var log = assemble(ptx, gpu);
    var complaints = new ArrayList<String>();
    var parts = log.split("(?=Compiling entry function)");
    for (var part : parts) {
      var entry = ENTRY.matcher(part);
      if (entry.find()) {
        var kernel = entry.group(1);
        var registers = number(REGISTERS, part);
        var spills = number(SPILLS, part);
        var budget = BUDGETS.stream().filter(b -> kernel.matches(b.kernels)).findFirst();
        if (registers > budget.orElseThrow().registers || spills > budget.orElseThrow().spills) {
          complaints.add(
              String.format(
                  Locale.ROOT,
                  "%s for %s takes %d registers and reloads %d bytes, %s",
                  kernel,
                  gpu,
                  registers,
                  spills,
                  budget.orElseThrow()));
        }
      }
    }
    if (SERIALIZED.matcher(log).find()) {
      complaints.add(ptx + " for " + gpu + " lets no wgmma run beside other instructions: " + log);
    }
    if (parts.length < 2) {
      complaints.add(ptx + " for " + gpu + " does not assemble: " + log);
    }
    return complaints;
  }

  private static int number(Pattern pattern, String log) {
    var matcher = pattern.matcher(log);
    assertThat(matcher.find()).as(log).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  /// The assembler's remarks; its errors, if it fails.
  private static String assemble(Path ptx, String gpu) {
    var text = read(ptx);
    var compiler = new nvPTXCompilerHandle();
    JNvPTXCompiler.nvPTXCompilerCreate(compiler, text.length - 1, text);
    var options = new String[] {"--gpu-name=" + gpu, "--verbose"};
    var result = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
    var size = new long[1];
    byte[] log;
    if (result == nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, size);
      log = new byte[(int) size[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log);
    } else {
      JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
      log = new byte[(int) size[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
    }
    JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    return new String(log, StandardCharsets.US_ASCII);
  }

  /// A file's text with a zero byte behind.
  private static byte[] read(Path file) {
    try {
      return (Files.readString(file) + "\0").getBytes(StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> ptx() {
    return Stream.of(PRODUCT, LADDER).flatMap(folder -> list(folder, ".ptx").stream()).toList();
  }

  /// What the lock file is about.
  private static List<Path> files() {
    var files = new ArrayList<>(ptx());
    files.add(SOURCES.resolve("build.sh"));
    files.addAll(list(SOURCES, ".cu"));
    files.addAll(list(SOURCES, ".cuh"));
    files.addAll(list(SOURCES.resolve("ladder"), ".cu"));
    return files;
  }

  private static List<Path> list(Path folder, String suffix) {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(Path file) throws Exception {
    var digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(digest);
  }

  /// The output of a command, empty if there is no such program.
  private static String run(List<String> command) throws InterruptedException {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return output;
    } catch (IOException e) {
      return "";
    }
  }
}
