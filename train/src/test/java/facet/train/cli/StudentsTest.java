package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several students: SCface's three distances, say, in a folder each.
class StudentsTest {
  private static final int PEOPLE = 6;

  @TempDir private Path temp;

  private CommandLineRun train(Object... more) {
    var arguments =
        Stream.of(
            "train",
            "--data",
            temp.resolve("faces"),
            "--width",
            4,
            "--depths",
            "1,1",
            "--size",
            16,
            "--embedding",
            8,
            "--epochs",
            1,
            "--warmup",
            0,
            "--threads",
            1,
            "--output",
            temp.resolve("runs"),
            "--loss",
            "ddl",
            "--ddl-branch",
            2);
    return CommandLineRun.of(Stream.concat(arguments, Arrays.stream(more)).toArray());
  }

  @Test
  void areTheFoldersThatAreNamed() throws IOException {
    DrawnFaces.draw(temp.resolve("faces"), PEOPLE);
    for (var person = 0; person < PEOPLE; person++) {
      var folder = temp.resolve("faces/p" + person);
      Files.move(folder.resolve("hard"), folder.resolve("d2"));
      Files.createDirectories(folder.resolve("d1"));
      Files.move(folder.resolve("d2/0.png"), folder.resolve("d1/0.png"));
    }
    var tuned =
        train(
            "--students",
            "d1,d2",
            "--ddl-hard-pairs",
            "across",
            "--people",
            "1-4",
            "--val-people",
            "5-6");
    assertThat(tuned.err()).isEmpty();
    assertThat(tuned.out()).contains("18 images", "easy-hard");
    assertThat(train("--students", "d1,d2").err())
        .contains("needs 2 people with images for a pair, the d1 domain has 0");
    assertThat(train("--students", "d1,d2,d3").err()).contains("--students names 'd3'");
    assertThat(train("--students", "0").err()).contains("--students is 0, expected a number");
    assertThat(train("--ddl-hard-pairs", "both").err())
        .contains("--ddl-hard-pairs is both, expected within or across");
  }
}
