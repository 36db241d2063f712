package facet.train.config;

import static facet.train.error.Printable.format;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A few bytes of YAML cannot fill the memory, the stack or an hour.
@Timeout(10)
class YamlLimitsTest {
  @TempDir private Path temp;

  static Stream<String> bombs() {
    var aliases =
        IntStream.range(1, 17)
            .mapToObj(i -> format("&c%d [*c%2$d,*c%2$d,*c%2$d]", i, i - 1))
            .collect(Collectors.joining(", ", "[&c0 [lol], ", "]"));
    return Stream.of(
        aliases,
        "&a [easy, *a]",
        "&a {easy: *a}",
        "&a x".repeat(10_000) + "\nhard: [*a,".repeat(10_000) + "]",
        "[".repeat(20_000) + "]".repeat(20_000),
        "{a: ".repeat(5_000) + "}".repeat(5_000),
        "x".repeat(2_000_000),
        "[a, [b]]");
  }

  @ParameterizedTest
  @MethodSource("bombs")
  void aBombIsRefusedInALine(String bomb) throws IOException {
    var file = Files.writeString(temp.resolve("c.yaml"), "easy: " + bomb + "\n");
    assertThatThrownBy(() -> ConfigFile.entries(file, List.of("easy", "hard")))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("c.yaml")
        .message()
        .hasSizeLessThan(400)
        .doesNotContain("\n");
  }

  @Test
  void theResultsOfARunAreReadWithinLimitsToo() throws IOException {
    for (var bomb : List.of("&a [*a]", "[".repeat(20_000) + "]".repeat(20_000))) {
      var file = Files.writeString(temp.resolve("after.json"), "{\"people\": " + bomb + "}");
      assertThatThrownBy(() -> Json.read(file))
          .isInstanceOfSatisfying(
              FacetException.class,
              e ->
                  org.assertj.core.api.Assertions.assertThat(e.exitCode()).isEqualTo(ExitCode.DATA))
          .hasMessageContaining("after.json: not JSON");
    }
  }
}
