package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import facet.kernels.DeviceException;
import facet.kernels.Devices;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever calls itself `libcuda.so.1`, Facet goes on without it or says why not.
class DriverProbeTest {
  @TempDir private Path temp;

  /// Opens a device and tells how that went: the program under test.
  public static void main(String[] arguments) {
    try (var backend = Devices.open(arguments[0], 1)) {
      System.out.println("opened " + backend.name());
    } catch (DeviceException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int nothing(void) { return 0; }",
        "#include <stdlib.h>\n__attribute__((constructor)) void early(void) { exit(0); }",
        "#include <stdlib.h>\nint cuInit(unsigned f) { exit(0); }",
        "#include <stdlib.h>\n#define ALL\nint cuInit(unsigned f) { exit(0); }",
        "#define ALL\nint cuInit(unsigned f) { return *(volatile int *)0; }",
        "#define ALL\nint cuInit(unsigned f) { return 100; }",
      })
  void aStrangeLibraryIsNoGpu(String source) throws Exception {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "there is a GPU");
    compile(source);
    assertThat(open("auto")).isEqualTo("opened cpu");
    assertThat(open("cuda"))
        .startsWith("refused: device 'cuda' is unavailable: ")
        .contains("--device cpu");
  }

  private void compile(String source) throws IOException, InterruptedException {
    var text = new StringBuilder(source).append('\n');
    if (source.contains("#define ALL")) {
      for (var name : DriverProbe.FUNCTIONS) {
        if (!name.equals("cuInit")) {
          text.append("int ").append(name).append("(void) { return 0; }\n");
        }
      }
    }
    var file = Files.writeString(temp.resolve("stub.c"), text);
    var library = temp.resolve("libcuda.so.1").toString();
    run(Map.of(), List.of("cc", "-shared", "-fPIC", "-w", "-o", library, file.toString()));
  }

  private String open(String device) throws IOException, InterruptedException {
    return run(
        Map.of("LD_LIBRARY_PATH", temp.toString()),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=/dev/null",
            "-cp",
            System.getProperty("java.class.path"),
            DriverProbeTest.class.getName(),
            device));
  }

  private String run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(new ArrayList<>(command));
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output.strip();
  }

  /// The list names what the driver's class calls, no more and no less.
  @Test
  void everyFunctionThatIsCalledIsLookedFor() throws IOException {
    var called = new TreeSet<String>();
    var sources = Path.of("src/main/java/facet/kernels/cuda");
    try (var files = Files.list(sources)) {
      for (var file : files.toList()) {
        var calls =
            Pattern.compile("JCudaDriver\\.(cu[A-Za-z0-9]+)").matcher(Files.readString(file));
        while (calls.find()) {
          // JCuda's own name for it.
          called.add(calls.group(1).replace("LoadDataJIT", "LoadDataEx"));
        }
      }
    }
    var probed = new TreeSet<String>();
    DriverProbe.FUNCTIONS.forEach(name -> probed.add(name.replaceFirst("_v\\d$", "")));
    assertThat(probed).isEqualTo(called);
  }
}
