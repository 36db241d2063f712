package facet.train.cli;

import static facet.train.cli.CommandLineRun.words;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Several students: SCface's three distances, say, in a folder each.
class StudentsTest extends SmallTrainings {
  private CommandLineRun tune(Object... more) {
    return tuneOn(temp.resolve("faces"), more);
  }

  private CommandLineRun tuneOn(Path data, Object... more) {
    return train("--data", data, "--epochs", 1, "--loss", "ddl", "--ddl-branch", 2, more);
  }

  /// A list is part of a run, by what is in it: it goes on bit for bit, not with another one.
  @Test
  void pairsOfAListArePartOfARun() throws IOException {
    DrawnFaces.draw(temp.resolve("faces"), PEOPLE);
    var list = temp.resolve("pairs.txt");
    var lines = new ArrayList<String>();
    for (var p = 0; p < PEOPLE; p++) {
      lines.add("p" + p + "/easy/0.png p" + p + "/hard/1.png");
      lines.add("p" + p + "/hard/0.png p" + p + "/hard/2.png");
    }
    Files.write(list, lines);
    var here = Path.of("").toAbsolutePath().relativize(list);
    var whole = tune("--ddl-hard-pairs", here, "--name", "whole", "--max-steps", 3);
    assertThat(whole.err()).isEmpty();
    assertThat(whole.out()).contains("pairs.txt: 12 hard pairs of 6 people");
    assertThat(Files.readString(temp.resolve("runs/whole/config.yaml")))
        .containsPattern("ddl-hard-pairs: \"/.*/pairs.txt\" ")
        .contains("batch-size: 12  # what network, loss");
    assertThat(tune("--ddl-hard-pairs", here, "--name", "part", "--max-steps", 1).err()).isEmpty();
    var part = temp.resolve("runs/part");
    Files.move(list, temp.resolve("moved.txt"));
    var moved = temp.resolve("moved.txt");
    assertThat(resume(part, "--max-steps", 3, "--ddl-hard-pairs", moved).err()).isEmpty();
    assertThat(part.resolve("checkpoints/last.safetensors"))
        .hasSameBinaryContentAs(temp.resolve("runs/whole/checkpoints/last.safetensors"));
    Files.write(moved, lines.subList(0, 11));
    assertThat(resume(part, "--max-steps", 4, "--ddl-hard-pairs", moved).err())
        .containsPattern("ddl-hard-pairs was list [0-9a-f]{16}, is list [0-9a-f]{16}");
  }

  @Test
  void aListNamesPackedImagesByThePathsOfTheListBesideThem() throws IOException {
    DrawnFaces.draw(temp.resolve("faces"), PEOPLE);
    var list = temp.resolve("pairs.txt");
    var lines = new ArrayList<String>();
    for (var p = 0; p < PEOPLE; p++) {
      lines.add("p" + p + "/hard/0.png p" + p + "/hard/2.png");
    }
    Files.write(list, lines);
    var folder = tune("--ddl-hard-pairs", list, "--name", "folder", "--max-steps", 1);
    assertThat(folder.err()).isEmpty();
    var rec = temp.resolve("faces.rec");
    assertThat(CommandLineRun.of("pack", "--data", temp.resolve("faces"), "--out", rec).err())
        .isEmpty();
    var packed = tuneOn(rec, "--ddl-hard-pairs", list, "--name", "packed", "--max-steps", 1);
    assertThat(packed.err()).isEmpty();
    assertThat(packed.out()).contains("6 hard pairs of 6 people");
    assertThat(firstLoss("packed")).isEqualTo(firstLoss("folder")); // of the same batch
    Files.write(list, List.of("p0/hard/0.png p0/hard/9.png"));
    assertThat(tuneOn(rec, "--ddl-hard-pairs", list).err())
        .contains("pairs.txt:1", "no image p0/hard/9.png in the list beside");
  }

  private String firstLoss(String run) throws IOException {
    return Files.readAllLines(temp.resolve("runs").resolve(run).resolve("metrics.csv"))
        .get(1)
        .split(",")[2];
  }

  private static CommandLineRun resume(Path run, Object... more) {
    return CommandLineRun.of("train", "--resume", run, more);
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
        tune(words("--students d1,d2 --ddl-hard-pairs across --people 1-4 --val-people 5-6"));
    assertThat(tuned.err()).isEmpty();
    assertThat(tuned.out()).contains("18 images", "easy-hard");
    assertThat(tune("--students", "d1,d2").err())
        .contains("needs 2 people with images for a pair, the d1 domain has 0");
    assertThat(tune("--students", "d1,d2,d3").err()).contains("--students names 'd3'");
    assertThat(tune("--students", "0").err()).contains("--students is 0, expected a number");
    assertThat(tune("--ddl-hard-pairs", "both").err())
        .contains("--ddl-hard-pairs is both, expected within, across or a file of lines");
  }
}
