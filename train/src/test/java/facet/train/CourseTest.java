package facet.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every chapter of the course names a file and a program; the program prints what the chapter
/// shows, and the right answer to the exercise.
class CourseTest {
  private static final Pattern COMMAND =
      Pattern.compile("\\*\\*Run\\*\\* `\\./facet java docs/course/(\\w+)\\.java`");
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?(e-?\\d+)?");

  /// The answers to the exercises, by program.
  private static final Map<String, List<String>> ANSWERS =
      Map.of(
          "Memory", List.of("element 82; there is 7"),
          "Gradient", List.of("7, from three gradients: 3, 3 and 1"),
          "Check", List.of("h 1e-03: error 2e-07", "h 1e-05: error 1e-11", "h 1e-08: error 6e-09"),
          "Convolution", List.of("231 MB for images of 26 MB"),
          "Winograd",
              List.of(
                  "F(2x2, 3x3): 4.00 multiplications instead of 9, error 8.8e-08",
                  "F(4x4, 3x3): 2.25 multiplications instead of 9, error 3.3e-07",
                  "F(6x6, 3x3): 1.78 multiplications instead of 9, error 4.6e-06"),
          "Shapes", List.of("sum 0.00, the largest element 1.7"),
          "Margins",
              List.of("SOFTMAX: 6.91, by the formula 6.91", "ARCFACE: 37.59, by the formula 37.59"),
          "Distillation", List.of("measured 0.100, 1/√(2γ) is 0.100"),
          "Ladder", List.of("20 operations a byte: tiles of 80"),
          "Measure",
              List.of(
                  "3 measurements: 75 %, by the formula 75.00 %",
                  "5 measurements: 94 %, by the formula 93.75 %"));

  private static List<Path> chapters() throws IOException {
    try (var files = Files.list(Examples.DOCS.resolve("course"))) {
      return files.filter(file -> file.toString().matches(".*/\\d\\d-.*\\.md")).sorted().toList();
    }
  }

  @Test
  void thereAreTenChaptersAndThePageListsThem() throws IOException {
    var page = Files.readString(Examples.DOCS.resolve("course/README.md"));
    assertThat(chapters())
        .hasSize(10)
        .allSatisfy(file -> assertThat(page).contains("(" + file.getFileName() + ")"));
  }

  @TestFactory
  Stream<DynamicTest> programsPrintWhatChaptersShow() throws IOException {
    return chapters().stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
  }

  private static void check(Path chapter) throws Exception {
    var text = Files.readString(chapter);
    assertThat(text).contains("\nOpen [").contains("**Exercise.**");
    var command = COMMAND.matcher(text);
    assertThat(command.find()).isTrue();
    var program = command.group(1);
    assertThat(text).contains("`./facet java docs/course/" + program + ".java answer`");
    var shown =
        text.substring(command.end(), text.indexOf("**Exercise.**"))
            .lines()
            .filter(line -> line.startsWith("    "))
            .map(String::strip)
            .toList();
    assertThat(shown).isNotEmpty();
    var printed = Examples.run(program).stream().map(String::strip).toList();
    for (var i = 0; i < shown.size(); i++) { // a chapter may leave the last lines out
      requireAlike(printed.get(i), shown.get(i), program.equals("Measure"));
    }
    var answer = Examples.run(program, "answer");
    var expected = ANSWERS.get(program);
    assertThat(answer).hasSameSizeAs(expected);
    for (var i = 0; i < answer.size(); i++) {
      requireAlike(answer.get(i), expected.get(i), false);
    }
  }

  /// The same words, and numbers up to a fifth; rounding errors, which depend on the machine's
  /// vectors, up to a factor of 4.
  private static void requireAlike(String actual, String expected, boolean onlyWords) {
    assertThat(words(actual)).isEqualTo(words(expected));
    var found = numbers(actual);
    var wanted = numbers(expected);
    for (var i = 0; i < wanted.length && !onlyWords; i++) {
      var small = Math.min(Math.abs(found[i]), Math.abs(wanted[i]));
      var large = Math.max(Math.abs(found[i]), Math.abs(wanted[i]));
      assertThat(large).as(actual).isLessThanOrEqualTo(small * (large < 1e-4 ? 4 : 1.2));
      assertThat(Math.signum(found[i])).as(actual).isEqualTo(Math.signum(wanted[i]));
    }
  }

  private static String words(String line) {
    return NUMBER.matcher(line).replaceAll("#").replaceAll("\\s+", " ");
  }

  private static double[] numbers(String line) {
    return NUMBER.matcher(line).results().mapToDouble(m -> Double.parseDouble(m.group())).toArray();
  }
}
