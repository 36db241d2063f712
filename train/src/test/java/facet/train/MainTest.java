package facet.train;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.DeviceException;
import facet.nn.io.DiskException;
import facet.nn.io.SafetensorsException;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MainTest {
  private final StringWriter text = new StringWriter();
  private final PrintWriter err = new PrintWriter(text, true);

  static Stream<Arguments> expectedFailures() {
    var file = Path.of("last.safetensors");
    return Stream.of(
        Arguments.of(FacetException.data("a.jpg: is cut off."), 3),
        Arguments.of(FacetException.usage("--lr is -1."), 2),
        Arguments.of(new FacetException(ExitCode.DIVERGED, "The loss is NaN."), 5),
        Arguments.of(new DeviceException("no GPU"), 4),
        Arguments.of(new DiskException(file, 5, new IOException("full")), 6),
        Arguments.of(
            new UncheckedIOException(new DiskException(file, 5, new IOException("full"))), 6),
        Arguments.of(new SafetensorsException(file, "is cut off"), 3),
        Arguments.of(new OutOfMemoryError("Java heap space"), 4));
  }

  @ParameterizedTest
  @MethodSource("expectedFailures")
  void whatTheUserCanMendIsOneLine(Throwable failure, int code) {
    assertThat(Main.failure(failure, err, false)).isEqualTo(code);
    assertThat(text.toString().lines()).hasSize(1);
    assertThat(text.toString()).contains(String.valueOf(failure.getMessage()));
  }

  @Test
  void debugAddsTheStackTrace() {
    assertThat(Main.failure(FacetException.usage("no"), err, true)).isEqualTo(2);
    assertThat(text.toString()).startsWith("no").contains("\tat facet.train.MainTest");
  }

  @Test
  void outOfMemoryNamesTheRemedy() {
    Main.failure(new OutOfMemoryError("Java heap space"), err, false);
    assertThat(text.toString()).contains("--batch-size", "MiB").doesNotContain("-Xmx");
  }

  @Test
  void anythingElseIsABugWithItsTrace() {
    assertThat(Main.failure(new IllegalStateException("odd"), err, false)).isEqualTo(1);
    assertThat(text.toString())
        .startsWith("This is a bug in Facet")
        .contains("IllegalStateException: odd", "\tat facet.train.MainTest");
  }
}
