package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import facet.train.data.Domain;
import facet.train.data.synthetic.SyntheticFaces;
import facet.train.run.FolderLock;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The program as a user runs it: good input gives results, bad input one clear line, the right
/// exit code and nothing half-written.
class CommandLineTest {
  private static final int PEOPLE = 6;
  @TempDir private static Path shared;
  @TempDir private Path temp;

  @BeforeAll
  static void drawFaces() throws IOException {
    DrawnFaces.draw(shared.resolve("faces"), PEOPLE);
  }

  /// `train` on the small faces with a very small network.
  private CommandLineRun train(Object... options) {
    var more = flat(options);
    var arguments =
        Stream.concat(
            Stream.of(
                "train",
                "--data",
                shared.resolve("faces"),
                "--width",
                4,
                "--depths",
                "1,1",
                "--size",
                16,
                "--embedding",
                8,
                "--epochs",
                2,
                "--warmup",
                0,
                "--output",
                temp.resolve("runs"),
                "--name",
                "run",
                "--threads",
                1),
            Stream.concat(batches(more), more.stream()));
    return CommandLineRun.of(arguments.toArray());
  }

  /// Small batches; the losses over branches have a size of their own.
  private static Stream<Object> batches(List<Object> options) {
    var branches =
        options.contains("--ddl-branch")
            || options.contains("ddl")
            || options.contains("--batch-size");
    return branches ? Stream.of() : Stream.of("--batch-size", 8);
  }

  /// Arrays of arguments among the arguments, opened.
  private static List<Object> flat(Object... arguments) {
    return Arrays.stream(arguments)
        .flatMap(a -> a instanceof Object[] several ? Arrays.stream(several) : Stream.of(a))
        .toList();
  }

  private Path checkpoint(String run) {
    return temp.resolve("runs").resolve(run).resolve("checkpoints/last.safetensors");
  }

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
    var evaluated =
        CommandLineRun.of(
            "eval",
            "--checkpoint",
            checkpoint("run"),
            "--data",
            shared.resolve("faces"),
            "--val-people",
            "5-6",
            "--json",
            json);
    assertThat(evaluated.err()).isEmpty();
    assertThat(json).content().contains("\"easy-hard/tar@far=1e-2\"", "\"pairs/accuracy\"");

    var pairs = temp.resolve("pairs.txt");
    Files.write(
        pairs,
        List.of(
            "p0/easy/0.png p0/hard/1.png 1", "p0/easy/0.png p1/easy/1.png 0",
            "p2/easy/0.png p2/easy/1.png 1", "p3/easy/0.png p2/easy/1.png 0"));
    var onPairs =
        CommandLineRun.of(
            "eval",
            "--checkpoint",
            checkpoint("run"),
            "--data",
            shared.resolve("faces"),
            "--pairs",
            pairs);
    assertThat(onPairs.err()).isEmpty();
    assertThat(onPairs.out()).contains("fold accuracy over 4 pairs (list)");

    var csv = temp.resolve("e.csv");
    var embedded =
        CommandLineRun.of(
            "embed",
            "--checkpoint",
            checkpoint("run"),
            "--data",
            shared.resolve("faces"),
            "--out",
            csv);
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
  void studentsAreBranchesByResolution() {
    var students = new Object[] {"--low-resolution", "6-11", "--students", 2};
    var tuned = train("--loss", "ddl", "--ddl-branch", 2, "--val-people", "5-6", students);
    assertThat(tuned.err()).isEmpty();
    assertThat(tuned.out()).contains("18 images an epoch", "hard-hard");
    assertThat(train("--loss", "ddl", "--ddl-branch", 2, "--students", 2).err())
        .contains("--students is 2, but the hard images have 1 different resolutions");
    assertThat(train("--low-resolution", "6,8").err()).contains("expected one range of pixels");
  }

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
    assertThat(metrics.stream().map(CommandLineTest::withoutSpeed))
        .containsExactlyElementsOf(
            Files.readAllLines(temp.resolve("runs/whole/metrics.csv")).stream()
                .map(CommandLineTest::withoutSpeed)
                .toList());
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

  private static String withoutSpeed(String row) {
    return row.substring(0, row.lastIndexOf(','));
  }

  @Test
  void flagsWinOverTheConfigurationFile() throws IOException {
    var yaml = temp.resolve("c.yaml");
    Files.writeString(yaml, "epochs: 1\nseed: 7\nmilestones: [1, 2]\n");
    assertThat(train("--config", yaml).code()).isZero(); // --epochs 2 is given as a flag
    assertThat(temp.resolve("runs/run/config.yaml"))
        .content()
        .contains("epochs: \"2\"", "seed: \"7\"", "milestones: \"1,2\"");
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
  void badDataIsNamedAndNothingIsWritten() throws IOException {
    expectDataError(
        CommandLineRun.of("train", "--data", temp.resolve("none")), "none: no such folder");
    Files.createDirectories(temp.resolve("empty"));
    expectDataError(
        CommandLineRun.of("train", "--data", temp.resolve("empty")), "empty: holds no folders");
    expectDataError(train("--people", "1"), "at least 2 people");
    expectDataError(train("--people", "1-9"), "9");
    expectDataError(train("--batch-size", 4000), "A batch of 4,000 images is larger");
    expectDataError(train("--loss", "ddl"), "needs 8 people");
    assertThat(temp.resolve("runs")).doesNotExist();
  }

  private static void expectDataError(CommandLineRun result, String part) {
    assertThat(result.err()).contains(part).doesNotContain("\tat ");
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.code()).isEqualTo(3);
  }

  @Test
  void aTruncatedImageIsNamedOrLeftOut() throws IOException {
    var broken = temp.resolve("broken");
    for (var person : List.of("a", "b")) {
      Files.createDirectories(broken.resolve(person));
      for (var i = 0; i < 5; i++) {
        var rgb = new SyntheticFaces(5, 2, 5, 0, 24).render(person.charAt(0) - 'a', Domain.EASY, i);
        var image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
        for (var k = 0; k < 24 * 24; k++) {
          image.setRGB(k % 24, k / 24, (rgb[3 * k] & 255) * 0x010101);
        }
        ImageIO.write(image, "jpg", broken.resolve(person).resolve(i + ".jpg").toFile());
      }
    }
    var cut = broken.resolve("b/3.jpg");
    var bytes = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
    var refused = train("--data", broken);
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err()).contains("3.jpg");
    assertThat(train("--data", broken, "--skip-corrupt").code()).isZero();
  }

  @Test
  void aPairListWithAMissingFileNamesTheLine() throws IOException {
    assertThat(train().code()).isZero();
    var pairs = temp.resolve("pairs.txt");
    Files.writeString(pairs, "p0/easy/0.png p0/easy/1.png 1\np0/easy/0.png p9/easy/1.png 0\n");
    var result =
        CommandLineRun.of(
            "eval",
            "--checkpoint",
            checkpoint("run"),
            "--data",
            shared.resolve("faces"),
            "--pairs",
            pairs);
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err()).contains("pairs.txt", "2", "p9/easy/1.png");
  }

  @Test
  void aCheckpointOfAnotherModelOrADamagedOneIsRefused() throws IOException {
    assertThat(train().code()).isZero();
    var other = train("--init", checkpoint("run"), "--width", 8);
    assertThat(other.code()).isEqualTo(3);
    assertThat(other.err())
        .contains("conv1.weight", "[4, 3, 3, 3]", "[8, 3, 3, 3]")
        .contains("last.safetensors");

    var bytes = Files.readAllBytes(checkpoint("run"));
    bytes[bytes.length - 100] ^= 1;
    var flipped = temp.resolve("flipped.safetensors");
    Files.write(flipped, bytes);
    var damaged =
        CommandLineRun.of("eval", "--checkpoint", flipped, "--data", shared.resolve("faces"));
    assertThat(damaged.code()).isEqualTo(3);
    assertThat(damaged.err()).contains("flipped.safetensors", "checksum");
  }

  @Test
  void aLossThatIsNotFiniteEndsTheRunAndKeepsTheCheckpoints() {
    assertThat(train("--name", "fine").code()).isZero();
    var result = train("--lr", 1e30, "--clip", 0, "--name", "diverges");
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err()).contains("The loss is").contains("step").contains("--lr");
    var decays = train("--weight-decay", 1e30, "--save-every", 1, "--name", "decays");
    assertThat(decays.code()).isEqualTo(5);
    var eval =
        CommandLineRun.of(
            "eval", "--checkpoint", checkpoint("decays"), "--data", shared.resolve("faces"));
    assertThat(eval.err()).doesNotContain("NaN at element"); // what was saved is finite
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
            "--margin 0.2: margin was unset, is 0.2",
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
  void aCheckpointWithASenselessHeaderIsRefused() throws IOException {
    assertThat(train("--max-steps", 1).code()).isZero();
    for (var change :
        List.of(
            "width=-5",
            "width=x",
            "width=8",
            "size=7",
            "size=64",
            "embedding=2147483647",
            "embedding=9",
            "dropout=NaN",
            "depths=1",
            "depths=1,2",
            "depths=1000,1000",
            "size=")) {
      var file = mutated(change.split("=")[0], change.substring(change.indexOf('=') + 1));
      var result =
          CommandLineRun.of("eval", "--checkpoint", file, "--data", shared.resolve("faces"));
      assertThat(result.err()).as(change).contains("mutated.safetensors: its header");
      assertThat(result.err().strip().lines()).hasSize(1);
      assertThat(result.code()).isEqualTo(3);
    }
  }

  /// What a checkpoint holds, without its header.
  private Map<String, String> weights(String run) throws IOException {
    var weights = new TreeMap<String, String>();
    try (var reader = SafetensorsReader.open(checkpoint(run))) {
      for (var name : reader.tensors().keySet()) {
        weights.put(name, Arrays.toString(reader.floats(name)));
      }
    }
    return weights;
  }

  /// The checkpoint `run` with another value in its header.
  private Path mutated(String key, String value) throws IOException {
    var writer = new SafetensorsWriter();
    try (var reader = SafetensorsReader.open(checkpoint("run"))) {
      reader
          .metadata()
          .forEach(
              (k, v) -> {
                if (!k.equals("crc32c") && !k.equals("writer")) {
                  writer.metadata(k, k.equals(key) ? value : v);
                }
              });
      for (var tensor : reader.tensors().values()) {
        writer.add(tensor.name(), tensor.shape(), reader.floats(tensor.name()), 0);
      }
    }
    var file = temp.resolve("mutated.safetensors");
    writer.write(file);
    return file;
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

  @Test
  void withoutArgumentsItShowsWhatThereIs() {
    var result = CommandLineRun.of();
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).contains("demo", "train", "eval", "embed", "export", "doctor");
    assertThat(CommandLineRun.of("--version").out()).contains("0.1.0");
  }
}
