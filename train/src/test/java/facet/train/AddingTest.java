package facet.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The examples of `docs/adding.md` name all files in which something occurs, and so the places
/// that another one of its kind touches.
class AddingTest {
  private record Source(String name, String text) {}

  /// `X` occurs in `A`, `B` and nowhere else
  private static final Pattern EXAMPLE =
      Pattern.compile(
          "`(\\w+)`[^`.]*? occurs in ((?:[^`.;]*`[\\w.]+`)+)[,\\s]+and\\s+nowhere\\s+else");

  private static final Pattern NAME = Pattern.compile("`([\\w.]+)`");
  private static final List<Source> SOURCES = new ArrayList<>();

  @BeforeAll
  static void readSources() throws IOException {
    for (var module : List.of("tensor", "kernels", "nn", "train", "bench")) {
      try (var files = Files.walk(Path.of("..", module, "src"))) {
        for (var file : files.filter(f -> f.toString().matches(".*\\.(java|cuh?)")).toList()) {
          SOURCES.add(new Source(file.getFileName().toString(), Files.readString(file)));
        }
      }
    }
  }

  @Test
  void examplesNameEveryFile() throws IOException {
    var text = Files.readString(Path.of("../docs/adding.md"));
    var examples = EXAMPLE.matcher(text).results().toList();
    assertThat(examples).hasSize(text.split("nowhere\\s+else", -1).length - 1).hasSize(5);
    for (var example : examples) {
      var named = new TreeSet<String>();
      NAME.matcher(example.group(2)).results().forEach(m -> named.add(m.group(1)));
      assertThat(files(example.group(1))).as(example.group(1)).isEqualTo(named);
    }
  }

  private static Set<String> files(String word) {
    var pattern = Pattern.compile("\\b" + word + "\\b");
    var files = new TreeSet<String>();
    SOURCES.stream()
        .filter(source -> pattern.matcher(source.text()).find())
        .forEach(source -> files.add(source.name()));
    return files;
  }
}
