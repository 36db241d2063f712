package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Signals, in a process of their own.
class InterruptTest {
  private static Process start(String mode, int code) throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java,
            "-cp",
            System.getProperty("java.class.path"),
            Run.class.getName(),
            mode,
            Integer.toString(code))
        .redirectErrorStream(true)
        .start();
  }

  /// A run that watches the flag ends by itself, and its own exit code counts, also that of a
  /// failure while saving; a command without a run ends at once.
  @ParameterizedTest
  @CsvSource({"watched, 75, 75", "watched, 6, 6", "unwatched, 0, 75"})
  void sigtermEndsTheProcessWithItsCode(String mode, int code, int expected) throws Exception {
    var process = start(mode, code);
    try (var out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("running");
      process.toHandle().destroy(); // Process.destroy would also close its output
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(expected);
      var last =
          mode.equals("watched") ? List.of(Interrupt.SAVES, "saved") : List.of("Interrupted.");
      assertThat(out.lines()).isEqualTo(last);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void withoutASignalTheCodeIsTheCommands() throws Exception {
    var process = start("ends", 3);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(3);
  }

  /// A run that lasts until it is interrupted, and then takes a while to save.
  static final class Run {
    private Run() {}

    public static void main(String[] arguments) throws InterruptedException {
      var interrupt = new Interrupt(75);
      interrupt.install();
      if (arguments[0].equals("watched")) {
        interrupt.watch(Interrupt.SAVES);
      }
      System.out.println("running");
      while (!arguments[0].equals("ends") && !interrupt.raised()) {
        Thread.sleep(5);
      }
      if (arguments[0].equals("watched")) {
        Thread.sleep(300);
        System.out.println("saved");
      }
      if (arguments[0].equals("unwatched")) {
        Thread.sleep(60_000);
      }
      interrupt.exit(Integer.parseInt(arguments[1]));
    }
  }
}
