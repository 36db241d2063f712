package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.io.SafetensorsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The program as a user runs it: good input gives results, a mistyped command line one clear line.
class CommandLineTest extends SmallTrainings {
  @Test
  void trainsEvaluatesEmbedsAndExports() throws IOException {
    var trained = train("--people", "1-4", "--val-people", "5-6", "--eval-every", 1);
    assertThat(trained.err()).isEmpty();
    assertThat(trained.code()).isZero();
    assertThat(trained.out()).contains("[faces][6]Accuracy-Flip", "easy-hard");
    var folder = temp.resolve("runs/run");
    assertThat(folder.resolve("config.yaml")).content().contains("people: \"1-4\"");
    assertThat(folder.resolve("env.json")).content().contains("\"seed\": \"0\"");
    assertThat(Files.readAllLines(folder.resolve("metrics.csv"))).hasSize(1 + 6);

    var json = temp.resolve("eval.json");
    var evaluated = onFaces("eval", "--val-people", "5-6", "--json", json);
    assertThat(evaluated.err()).isEmpty();
    assertThat(json).content().contains("\"easy-hard/tar@far=1e-2\"", "\"pairs/accuracy\"");

    var pairs = temp.resolve("pairs.txt");
    Files.write(
        pairs,
        List.of(
            "p0/easy/0.png p0/hard/1.png 1", "p0/easy/0.png p1/easy/1.png 0",
            "p2/easy/0.png p2/easy/1.png 1", "p3/easy/0.png p2/easy/1.png 0"));
    var onPairs = onFaces("eval", "--pairs", pairs);
    assertThat(onPairs.err()).isEmpty();
    assertThat(onPairs.out()).contains("fold accuracy over 4 pairs (list)");

    var csv = temp.resolve("e.csv");
    var embedded = onFaces("embed", "--out", csv);
    assertThat(embedded.err()).isEmpty();
    assertThat(Files.readAllLines(csv)).hasSize(1 + PEOPLE * 7);
    assertThat(Files.readAllLines(csv).get(1).split(",")).hasSize(4 + 8);

    var exported = temp.resolve("network.safetensors");
    assertThat(
            CommandLineRun.of("export", "--checkpoint", checkpoint("run"), "--out", exported)
                .code())
        .isZero();
    assertThat(Files.size(exported)).isLessThan(Files.size(checkpoint("run")));
    assertThat(
            CommandLineRun.of("eval", "--checkpoint", exported, "--data", shared.resolve("faces"))
                .code())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ddl", "histogram", "triplet", "head"})
  void finetunesOnBatchesOfEasyAndHardImages(String loss) throws IOException {
    assertThat(train().code()).isZero();
    var arguments =
        new Object[] {"--init", checkpoint("run"), "--loss", loss, "--ddl-branch", 3, "--lr", 0.01};
    var tuned = train(arguments);
    assertThat(tuned.err()).isEmpty();
    assertThat(tuned.out()).contains("Network and head start from").contains("run-2");
    var halved = train("--name", "halved", "--loss-weight", 0.5, arguments);
    if (loss.equals("head")) { // has nothing to weight
      assertThat(halved.err()).contains("--loss-weight");
    } else {
      assertThat(halved.err()).isEmpty();
      assertThat(weights("run-2").equals(weights("halved"))).isFalse();
    }
  }

  /// What a checkpoint holds, without its header.
  private Map<String, String> weights(String run) throws IOException {
    var weights = new TreeMap<String, String>();
    try (var reader = SafetensorsReader.open(checkpoint(run))) {
      for (var name : reader.shapes().keySet()) {
        weights.put(name, Arrays.toString(reader.floats(name)));
      }
    }
    return weights;
  }

  @Test
  void studentsAreBranchesByResolution() {
    var students = new Object[] {"--low-resolution", "6-11", "--students", 2};
    var tuned =
        train(
            "--loss", "ddl", "--ddl-branch", 2, "--val-people", "5-6", "--allow-overlap", students);
    assertThat(tuned.err()).isEmpty();
    assertThat(tuned.out()).contains("18 images an epoch", "hard-hard");
    assertThat(train("--loss", "ddl", "--ddl-branch", 2, "--students", 2).err())
        .contains("--students is 2, but the hard images have 1 different resolutions");
    assertThat(train("--low-resolution", "6,8").err()).contains("expected one range of pixels");
  }

  @Test
  void flagsWinOverTheConfigurationFile() throws IOException {
    var yaml = temp.resolve("c.yaml");
    Files.writeString(yaml, "epochs: 1\nseed: 7\nmilestones: [1, 2]\n");
    assertThat(train("--config", yaml).code()).isZero(); // --epochs 2 is given as a flag
    assertThat(temp.resolve("runs/run/config.yaml"))
        .content()
        .contains(
            "epochs: 2  # command line",
            "seed: 7  # " + yaml,
            "milestones: \"1,2\"  # " + yaml,
            "\n# margin: 0.3  # what network, loss or optimizer have",
            "momentum: 0.9  # default");
    var other = train("--config", temp.resolve("runs/run/config.yaml"), "--loss", "cosface");
    assertThat(other.err()).isEmpty();
    assertThat(temp.resolve("runs/run-2/config.yaml")).content().contains("\n# margin: 0.35  #");
  }

  @Test
  void valuesAreCompletedByTheirNames() {
    var script = CommandLineRun.of("generate-completion").out();
    assertThat(script.lines().filter(line -> line.contains("_option_args=(")))
        .anySatisfy(line -> assertThat(line).contains("LOSS_option", "\"arcface\"", "\"ddl\""))
        .anySatisfy(line -> assertThat(line).contains("HEAD_option", "\"cosface\""))
        .anySatisfy(line -> assertThat(line).contains("MODEL_option", "\"mobilefacenet\""))
        .allSatisfy(line -> assertThat(line).doesNotContain("(the"));
  }

  @Test
  void anUnknownKeyNamesTheNearest() throws IOException {
    var yaml = temp.resolve("c.yaml");
    Files.writeString(yaml, "epoch: 1\n");
    var result = train("--config", yaml);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("unknown key 'epoch'; did you mean 'epochs'?");
  }

  @Test
  void anUnknownFlagNamesTheNearest() {
    var result = train("--epoch", 3);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--epoch").contains("--epochs");
  }

  @Test
  void wrongWordsAndNumbersSayWhatIsExpected() {
    assertThat(train("--loss", "arc").err()).contains("--loss is arc, expected one of arcface");
    assertThat(train("--model", "resnet").err()).contains("--model is resnet, expected one of");
    assertThat(train("--lr", "-1").err()).contains("--lr is -1.0, expected a number above 0");
    assertThat(train("--epochs", "many").err()).contains("--epochs", "many");
    assertThat(train("--dropout", "1").err()).contains("dropout is 1.0, expected in [0, 1)");
    assertThat(train("--device", "tpu").err()).contains("device 'tpu' is unknown");
    assertThat(train("--device", "tpu").code()).isEqualTo(4);
    assertThat(temp.resolve("runs")).doesNotExist();
  }

  @Test
  void withoutArgumentsItShowsWhatThereIs() {
    var result = CommandLineRun.of();
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).contains("demo", "train", "eval", "embed", "export", "doctor");
    assertThat(result.out()).doesNotContain("pretrains a"); // each command is one whole sentence
    assertThat(CommandLineRun.of("--version").out()).contains("0.1.0");
  }
}
