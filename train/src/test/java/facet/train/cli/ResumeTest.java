package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import facet.train.run.FolderLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `facet train --resume` as a user runs it: it continues bit for bit, or says why it cannot.
class ResumeTest extends SmallTrainings {
  @Test
  void aResumedRunEqualsAnUnbrokenOneBitForBit() throws IOException {
    assertThat(train("--dropout", 0.5, "--name", "whole").code()).isZero();
    assertThat(train("--dropout", 0.5, "--name", "half", "--max-steps", 5).code()).isZero();
    var resumed =
        CommandLineRun.of("train", "--resume", temp.resolve("runs/half"), "--max-steps", 0);
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out()).contains("Resuming at step 5");
    assertThat(checkpoint("half")).hasSameBinaryContentAs(checkpoint("whole"));
    var metrics = Files.readAllLines(temp.resolve("runs/half/metrics.csv"));
    assertThat(metrics.stream().map(ResumeTest::withoutSpeed))
        .containsExactlyElementsOf(
            Files.readAllLines(temp.resolve("runs/whole/metrics.csv")).stream()
                .map(ResumeTest::withoutSpeed)
                .toList());
  }

  @Test
  void adamsMomentsAreInTheCheckpoint() throws IOException {
    var adam = new Object[] {"--optimizer", "adamw", "--betas", "0.9,0.99", "--weight-decay", 0.05};
    assertThat(train("--name", "whole", adam).err()).isEmpty();
    assertThat(train("--name", "half", "--max-steps", 5, adam).code()).isZero();
    var half = temp.resolve("runs/half");
    assertThat(half.resolve("config.yaml"))
        .content()
        .contains(
            "optimizer: \"adamw\"  # command line", "lr: 0.001  # what network,", "eps: 1.0E-8");
    assertThat(CommandLineRun.of("train", "--resume", half, "--max-steps", 0).err()).isEmpty();
    assertThat(checkpoint("half")).hasSameBinaryContentAs(checkpoint("whole"));
    var other = CommandLineRun.of("train", "--resume", half, "--optimizer", "sgd");
    assertThat(other.err()).contains("optimizer was adamw, is sgd");
  }

  private static String withoutSpeed(String row) {
    return String.join(",", Arrays.asList(row.split(",")).subList(0, 5)); // but for times
  }

  @ParameterizedTest
  @ValueSource(strings = {"sphereface", "curricularface", "adaface", "magface"})
  void headsWithAMemoryResumeBitForBitToo(String loss) {
    assertThat(train("--loss", loss, "--name", "whole").err()).isEmpty();
    assertThat(train("--loss", loss, "--name", "half", "--max-steps", 5).code()).isZero();
    assertThat(
            CommandLineRun.of("train", "--resume", temp.resolve("runs/half"), "--max-steps", 0)
                .err())
        .isEmpty();
    assertThat(checkpoint("half")).hasSameBinaryContentAs(checkpoint("whole"));
    // another head takes its directions over
    var other = train("--init", checkpoint("whole"), "--loss", "adaface", "--name", "other");
    assertThat(other.out()).contains("Network and head start from");
    assertThat(train("--loss", "magface", "--margin", 0.5).err()).contains("magface takes none");
  }

  @Test
  void aDamagedLastCheckpointIsReplacedByTheOneBefore() throws IOException {
    assertThat(train("--name", "whole").code()).isZero();
    assertThat(train("--name", "half", "--max-steps", 5, "--save-every", 2).code()).isZero();
    // Steps 2, 4 and 5 were saved; step-5 is the same file as last.
    var checkpoints = temp.resolve("runs/half/checkpoints");
    var bytes = Files.readAllBytes(checkpoint("half"));
    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoint("half"), bytes);
    assertThat(checkpoints.resolve("step-5.safetensors")).hasBinaryContent(bytes);
    var resumed =
        CommandLineRun.of("train", "--resume", temp.resolve("runs/half"), "--max-steps", 0);
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out())
        .contains("Not resuming from a damaged checkpoint:", "the checksum is")
        .contains("Resuming at step 4");
    assertThat(checkpoint("half")).hasSameBinaryContentAs(checkpoint("whole"));
  }

  @Test
  void resumingWithOtherSettingsNamesThem() {
    assertThat(train("--max-steps", 2).code()).isZero();
    var run = temp.resolve("runs/run");
    for (var change :
        List.of(
            "--seed 9: seed was 0, is 9",
            "--lr 0.2: lr was 0.1, is 0.2",
            "--dropout 0.5: dropout was 0.3, is 0.5",
            "--loss cosface: loss was arcface, is cosface",
            "--margin 0.2: margin was 0.3, is 0.2",
            "--epochs 3: epochs was 2, is 3",
            "--erase 0.5: erase was 0.0, is 0.5",
            "--hard easy --easy hard: other images are hard")) {
      var parts = change.split(": ");
      var result = CommandLineRun.of(flat("train", "--resume", run, parts[0].split(" ")).toArray());
      assertThat(result.err()).contains("cannot be resumed with other settings", parts[1]);
      assertThat(result.code()).isEqualTo(2);
    }
  }

  @Test
  void resumingWithOtherPeopleIsRefused() throws IOException {
    var people = temp.resolve("people");
    DrawnFaces.draw(people, 3);
    assertThat(train("--data", people, "--max-steps", 2).code()).isZero();
    Files.move(people.resolve("p0"), people.resolve("z")); // the last instead of the first
    var result = CommandLineRun.of("train", "--resume", temp.resolve("runs/run"));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("the people are others or in another order");
  }

  /// Going on from an earlier checkpoint in another way puts aside what came after it.
  @Test
  void aBranchLeavesNothingOfTheOneBefore() throws IOException {
    assertThat(train("--save-every", 1, "--keep", 3).code()).isZero(); // 10 steps
    var run = temp.resolve("runs/run");
    var checkpoints = run.resolve("checkpoints");
    Files.createFile(checkpoints.resolve("best.safetensors.tmp")); // of a write that was killed
    var from = checkpoints.resolve("step-8.safetensors");
    var branch =
        CommandLineRun.of("train", "--resume", from, "--lr", 0.01, "--max-steps", 9, "--keep", 3);
    assertThat(branch.err()).isEmpty();
    assertThat(run.resolve("abandoned/step-10.safetensors")).exists();
    assertThat(run.resolve("abandoned/metrics.csv")).exists();
    assertThat(checkpoints.resolve("best.safetensors.tmp")).doesNotExist();
    assertThat(Files.readAllLines(run.resolve("metrics.csv"))).hasSize(1 + 9);
    Files.write(checkpoint("run"), new byte[100]);
    var resumed =
        CommandLineRun.of("train", "--resume", run, "--max-steps", 0); // with the branch's rate
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out()).contains("Resuming at step 8"); // step-9 was the same file
    assertThat(Files.readAllLines(run.resolve("metrics.csv"))).hasSize(1 + 10);
  }

  /// A score on other people says nothing about which checkpoint is the best.
  @Test
  void aBestScoreIsNotComparedWithOneOfOtherPeople() {
    var validated = new Object[] {"--name", "run", "--people", "1-3", "--eval-every", 1};
    assertThat(train("--val-people", "4-5", "--max-steps", 3, validated).code()).isZero();
    var run = temp.resolve("runs/run");
    var same = CommandLineRun.of("train", "--resume", run, "--max-steps", 4);
    assertThat(same.out()).doesNotContain("chosen from now on");
    var other =
        CommandLineRun.of("train", "--resume", run, "--max-steps", 5, "--val-people", "4-6");
    assertThat(other.err()).isEmpty();
    assertThat(other.out()).contains("the best checkpoint is chosen from now on");
  }

  /// A run may go on from another folder than it began in.
  @Test
  void aFineTuningGoesOnWithoutTheNetworkItBeganFrom() throws IOException {
    assertThat(train("--name", "base").code()).isZero();
    var tuning =
        List.of(
            "train",
            "--init",
            checkpoint("base"),
            "--data",
            shared.resolve("faces"),
            "--output",
            temp.resolve("runs"),
            "--batch-size",
            8,
            "--epochs",
            2);
    assertThat(CommandLineRun.of(tuning.toArray(), "--name", "whole").err()).isEmpty();
    assertThat(CommandLineRun.of(tuning.toArray(), "--name", "half", "--max-steps", 5).code())
        .isZero();
    Files.move(temp.resolve("runs/base"), temp.resolve("elsewhere"));
    var half = temp.resolve("runs/half");
    assertThat(CommandLineRun.of("train", "--resume", half, "--max-steps", 0).err()).isEmpty();
    assertThat(checkpoint("half")).hasSameBinaryContentAs(checkpoint("whole"));
    var wider = CommandLineRun.of("train", "--resume", half, "--width", 8);
    assertThat(wider.err()).contains("cannot be resumed with other settings: width was 4, is 8;");
  }

  @Test
  void relativePathsAreThoseOfTheRunsStart() throws IOException {
    var relative = Path.of("").toAbsolutePath().relativize(shared.resolve("faces"));
    assertThat(relative.isAbsolute()).isFalse();
    assertThat(train("--data", relative, "--name", "run", "--max-steps", 1).code()).isZero();
    assertThat(temp.resolve("runs/run/config.yaml"))
        .content()
        .contains("data: \"" + relative.toAbsolutePath() + "\"");
    assertThat(train("--data", "synthetic", "--people", "1-4", "--name", "word").code()).isZero();
    assertThat(temp.resolve("runs/word/config.yaml")).content().contains("data: \"synthetic\"");
  }

  @Test
  void anyPathSurvivesTheConfiguration() throws IOException {
    var odd = temp.resolve("a\u001bb \"c\" \\ \u2028 d: #e \ud83d\ude00");
    DrawnFaces.draw(odd, 3);
    assertThat(train("--data", odd, "--max-steps", 2).err()).isEmpty();
    var resumed =
        CommandLineRun.of("train", "--resume", temp.resolve("runs/run"), "--max-steps", 3);
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out()).contains("Resuming at step 2");
  }

  @Test
  void aFolderThatAnotherProcessWorksInIsLeftAlone() {
    assertThat(train("--max-steps", 2).code()).isZero();
    try (var _ = FolderLock.of(temp.resolve("runs/run"))) {
      var result =
          CommandLineRun.of("train", "--resume", temp.resolve("runs/run"), "--max-steps", 3);
      assertThat(result.code()).isEqualTo(2);
      assertThat(result.err()).contains("runs/run", "another process");
    }
  }
}
