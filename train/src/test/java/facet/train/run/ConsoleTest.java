package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private Console console(boolean terminal) {
    return new Console(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void onATerminalProgressRewritesItsLineAndMakesWayForOthers() {
    var console = console(true);
    console.progress("Evaluating", 1, 3);
    console.progress("Evaluating", 2, 3);
    console.line("done");
    console.line("more");
    assertThat(printed())
        .isEqualTo("\r\u001b[KEvaluating 1/3\r\u001b[KEvaluating 2/3\r\u001b[Kdone\nmore\n");
  }

  @Test
  void inAFileThereAreOnlyLines() {
    var console = console(false);
    console.progress("Evaluating", 1, 3);
    console.line("done");
    assertThat(printed()).isEqualTo("done\n");
  }

  @Test
  void durationsAreShort() {
    assertThat(Console.duration(59.4)).isEqualTo("59 s");
    assertThat(Console.duration(59.6)).isEqualTo("1 min 0 s");
    assertThat(Console.duration(7322)).isEqualTo("2 h 2 min");
  }
}
