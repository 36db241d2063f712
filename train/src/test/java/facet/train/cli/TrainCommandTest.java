package facet.train.cli;

import static facet.train.cli.CommandLineRun.words;
import static org.assertj.core.api.Assertions.assertThat;

import facet.train.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a run takes, leaves behind and refuses.
class TrainCommandTest {
  @TempDir private static Path shared;
  @TempDir private Path temp;

  @BeforeAll
  static void drawFaces() throws IOException {
    DrawnFaces.draw(shared.resolve("faces"), 6);
  }

  private CommandLineRun train(String name, Object... more) {
    return CommandLineRun.of(
        new Object[] {"train", "--data", shared.resolve("faces"), "--name", name},
        new Object[] {"--output", temp.resolve("runs")},
        words("--width 4 --depths 1,1 --size 16 --embedding 8 --warmup 0 --threads 1"),
        more);
  }

  private Path run(String name) {
    return temp.resolve("runs").resolve(name);
  }

  private List<String> metrics(String name) throws IOException {
    return Files.readAllLines(run(name).resolve("metrics.csv"));
  }

  private static void expectUsageError(CommandLineRun result, String... words) {
    assertThat(result.err()).contains(words);
    assertThat(result.code()).isEqualTo(2);
  }

  @Test
  void aRunKeepsWhatItPrintedItsCommandAndItsFirstImages() throws IOException {
    var result = train("kept", "--batch-size", 8, "--epochs", 1, "--people", "1-4");
    assertThat(result.err()).isEmpty();
    var log = Files.readAllLines(run("kept").resolve("train.log"));
    assertThat(log.getFirst()).contains("facet train --data", "--name kept");
    assertThat(log.subList(1, log.size())).isEqualTo(result.out().lines().toList());
    assertThat(result.out()).contains("people 1-4 by their place in the order of names: p0 to p3");
    assertThat(String.valueOf(Json.read(run("kept").resolve("env.json")).get("command")))
        .contains("facet train", "--people 1-4");
    var picture = ImageIO.read(run("kept").resolve("first-batch.png").toFile());
    assertThat(picture.getWidth()).isEqualTo(8 * 18 + 2);
    assertThat(picture.getHeight()).isEqualTo(18 + 2);
  }

  @Test
  void oneImageAPersonIsDoubted() throws IOException {
    var few = temp.resolve("few");
    for (var person : List.of("p0", "p1")) {
      var image = Files.createDirectories(few.resolve(person)).resolve("0.png");
      Files.copy(shared.resolve("faces").resolve(person).resolve("easy/0.png"), image);
    }
    var settings = words("--dry-run --batch-size 2 --threads 1");
    assertThat(CommandLineRun.of(new Object[] {"train", "--data", few}, settings).out())
        .contains("every person has one image only");
    assertThat(train("all", "--dry-run", "--batch-size", 2).out()).doesNotContain("one image only");
  }

  @Test
  void theTermsOfTheLossAddUpToIt() throws IOException {
    var result = train("terms", "--loss", "ddl", "--ddl-branch", 2, "--epochs", 1);
    assertThat(result.out()).contains("(softmax ", "kl_positive ", "kl_negative ", "order ");
    var header = List.of(metrics("terms").getFirst().split(","));
    assertThat(header).containsSubsequence("softmax", "kl_positive", "kl_negative", "order");
    for (var row : metrics("terms").subList(1, 3)) {
      var fields = row.split(",", -1);
      var sum = 0.0;
      for (var i = header.indexOf("softmax"); i <= header.indexOf("order"); i++) {
        sum += Double.parseDouble(fields[i]);
      }
      var loss = Double.parseDouble(fields[header.indexOf("loss")]);
      assertThat(sum).isCloseTo(loss, org.assertj.core.data.Percentage.withPercentage(1e-3));
    }
  }

  @Test
  void whoIsTrainedOnIsNotEvaluatedOn() {
    String[] overlap = {"--people", "1-4", "--val-people", "4-6"};
    var refused = train("overlap", options(overlap, "--batch-size", 8, "--epochs", 1));
    expectUsageError(refused, "7 of its 21 images are trained on", "--allow-overlap");
    var allowed =
        train("overlap", options(overlap, "--batch-size", 8, "--epochs", 1, "--allow-overlap"));
    assertThat(allowed.code()).isZero();
    assertThat(allowed.out()).contains("Warning: faces: 7 of its 21 images are trained on, too");
  }

  private static Object[] options(String[] some, Object... more) {
    var all = new ArrayList<Object>(List.of((Object[]) some));
    all.addAll(Arrays.asList(more));
    return all.toArray();
  }

  @Test
  void aFlagGivenTwiceIsRefused() {
    expectUsageError(train("twice", "--lr", 0.1, "--lr", 0.2), "--lr", "only once");
  }

  @Test
  void peopleAreChosenByNameToo() {
    var named = train("named", "--people", "p1,p3,5-6", "--batch-size", 8, "--epochs", 1);
    assertThat(named.out()).contains("28 images of 4 people");
    var unknown = train("unknown", "--people", "p1,anna", "--batch-size", 8);
    assertThat(unknown.code()).isEqualTo(3);
    assertThat(unknown.err()).contains("none of its 6 people is named 'anna'");
  }

  @Test
  void theNewestRunIsResumed() throws IOException {
    Object[] recipe = {"--batch-size", 8, "--epochs", 2};
    var none = CommandLineRun.of("train", "--resume", "last", "--output", run("nowhere"));
    assertThat(none.code()).isEqualTo(3);
    assertThat(none.err()).contains("there is no run to resume");
    var begun = train("auto", with(recipe, "--max-steps", 3, "--resume", "auto"));
    assertThat(begun.out()).contains("a new one begins");
    var resumed = train("auto", with(recipe, "--max-steps", 0, "--resume", "auto"));
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out()).contains("Resuming at step 3 of " + run("auto"));
    assertThat(run("auto-2")).doesNotExist();
    assertThat(metrics("auto")).hasSize(1 + 10);
  }

  private static Object[] with(Object[] some, Object... more) {
    var all = new ArrayList<>(Arrays.asList(some));
    all.addAll(Arrays.asList(more));
    return all.toArray();
  }

  @Test
  void aRunEndsWhenNothingGetsBetter() throws IOException {
    // a rate of next to nothing: no evaluation is better than the first
    Object[] still = {"--people", "1-3", "--val-people", "4-6", "--batch-size", 8, "--lr", 1e-30};
    var result = train("patient", with(still, "--epochs", 9, "--eval-every", 1, "--patience", 2));
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("No better score in 2 evaluations");
    assertThat(metrics("patient").size()).isLessThan(1 + 2 * 9);
    var scores = metrics("patient").stream().skip(1).filter(row -> !row.endsWith(",")).count();
    assertThat(scores).isGreaterThanOrEqualTo(3);
  }

  @Test
  void aRunEndsWhenItsTimeIsUp() {
    var result = train("late", "--batch-size", 2, "--epochs", 100000, "--max-time", "1s");
    assertThat(result.code()).isEqualTo(75);
    assertThat(result.out()).contains("The time of --max-time is up after step");
    assertThat(result.out()).contains("To go on: facet train --resume " + run("late"));
    expectUsageError(train("bad", "--max-time", "soon"), "--max-time is soon", "90m");
  }

  @Test
  void aFewBatchesAreLearntByHeart() throws IOException {
    train("heart", "--batch-size", 8, "--overfit", 1, "--epochs", 30, "--loss", "softmax");
    var rows = metrics("heart");
    var first = Double.parseDouble(rows.get(1).split(",")[2]);
    var last = Double.parseDouble(rows.getLast().split(",")[2]);
    assertThat(last).isLessThan(0.1 * first);
    expectUsageError(train("moved", "--overfit", 1, "--shift", 3), "--shift does nothing here");
  }

  @Test
  void aDryRunShowsTheNetwork() {
    var result = train("dry", "--batch-size", 8, "--dry-run");
    assertThat(result.out()).contains("conv1 ", "conv 3x3/1", "parameters", "sum for one image");
    assertThat(run("dry")).doesNotExist();
  }

  @Test
  void severalListsAreEvaluatedAndARunStandsForItsBestCheckpoint() throws IOException {
    var lines = new ArrayList<String>();
    for (var person = 3; person < 6; person++) {
      var one = "p" + person;
      var other = "p" + ((person + 1) % 3 + 3);
      lines.add(one + "/easy/0.png " + one + "/easy/1.png 1");
      lines.add(one + "/easy/2.png " + one + "/hard/1.png 1");
      lines.add(one + "/easy/0.png " + other + "/easy/1.png 0");
      for (var i = 0; i < 3; i++) {
        lines.add(one + "/easy/2.png " + other + "/hard/" + i + ".png 0");
      }
    }
    var a = Files.write(temp.resolve("a.txt"), lines);
    var b = Files.write(temp.resolve("b.txt"), lines.reversed());
    var result =
        train(
            "pairs",
            words("--people 1-3 --batch-size 8 --epochs 2 --pairs"),
            a + "," + b,
            "--eval-every",
            1);
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("[a][", "[b][", "[a+b][");
    var eval =
        CommandLineRun.of(
            "eval",
            "--checkpoint",
            run("pairs"),
            "--data",
            shared.resolve("faces"),
            "--pairs",
            a + "," + b,
            words("--json - --threads 1"));
    assertThat(eval.code()).isZero();
    var json = Files.writeString(temp.resolve("figures.json"), eval.out());
    var figures = Json.read(json);
    for (var name :
        List.of(
            "a/pairs/threshold-cosine", "b/pairs/accuracy", "a/pairs/threshold-cosine@far=1e-1")) {
      assertThat(figures.get(name)).as(name).isInstanceOf(Number.class);
    }
    for (var name : List.of("a/pairs/threshold-cosine@far=1e-2", "b/pairs/tar@far=1e-2")) {
      assertThat(figures.containsKey(name)).as(name).isTrue();
      assertThat(figures.get(name)).as("of so few negatives " + name).isNull();
    }
    assertThat(eval.err()).contains("accepted from a cosine of");
  }
}
