package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Launches counted and timed by kernel, by op and by grid.
@CudaTest
class LaunchProfileTest {
  /// More than the profile keeps marks for at once.
  private static final int MANY = 5000;

  private record Row(long launches, double milliseconds, double share, String name) {}

  /// The rows of the table with the heading `title`, which ends at the next heading.
  private static List<Row> table(String printed, String title) {
    var lines = printed.lines().toList();
    var heading = lines.indexOf("%10s %10s %6s  %s".formatted("launches", "ms", "share", title));
    assertThat(heading).isNotNegative();
    return lines.stream()
        .skip(heading + 1)
        .takeWhile(line -> !line.contains("share"))
        .map(line -> line.strip().split("[ %]+", 4))
        .map(
            cells ->
                new Row(
                    Long.parseLong(cells[0]),
                    Double.parseDouble(cells[1]),
                    Double.parseDouble(cells[2]),
                    cells[3]))
        .toList();
  }

  @Test
  void everyLaunchCountsOnceInEveryTable() {
    var out = new ByteArrayOutputStream();
    try (var driver = new Driver(0)) {
      var memory = new CudaMemory(driver);
      var y = memory.scratch(8);
      var fill = CudaModule.load(driver, "pointwise").kernel("fill");
      var profile = new LaunchProfile(driver);
      Runnable launch = () -> fill.begin().arg(8).arg(1f).arg(y).launch(1, 32);
      for (var i = 0; i < MANY; i++) {
        profile.around("fill", i % 2 == 0 ? "Add.forward" : "Add.backward", "1x1x1", launch);
      }
      for (var grid : Arrays.asList("2x1x1", "3x1x1", "3x1x1")) {
        profile.around("copy", "Add.forward", grid, launch);
      }
      profile.print(new PrintStream(out, true, StandardCharsets.UTF_8));
      assertThat(driver.launches()).isEqualTo(MANY + 3);
    }
    var printed = out.toString(StandardCharsets.UTF_8);
    var kernels = table(printed, "kernel");
    assertThat(kernels).extracting(Row::name).containsExactly("fill", "copy"); // the longest first
    assertThat(kernels).extracting(Row::launches).containsExactly((long) MANY, 3L);
    assertThat(table(printed, "kernel and grid"))
        .extracting(row -> row.name() + ": " + row.launches())
        .containsExactlyInAnyOrder("fill 1x1x1: " + MANY, "copy 2x1x1: 1", "copy 3x1x1: 2");
    for (var title : List.of("kernel", "op", "kernel and grid")) {
      var rows = table(printed, title);
      assertThat(rows.stream().mapToLong(Row::launches).sum()).isEqualTo(MANY + 3);
      assertThat(rows.stream().mapToDouble(Row::share).sum()).isCloseTo(100, within(0.5));
      assertThat(rows.stream().mapToDouble(Row::milliseconds).sum()).isPositive();
    }
  }
}
