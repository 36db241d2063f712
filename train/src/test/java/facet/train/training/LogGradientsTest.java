package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.kernels.cpu.CpuBackend;
import facet.nn.Parameters;
import facet.nn.loss.DdlBatch;
import facet.nn.loss.DdlLoss;
import facet.nn.loss.DdlSettings;
import facet.nn.loss.LossTerms;
import facet.nn.loss.MarginHead;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.kernel.Margin;
import facet.tensor.reference.ReferenceBackend;
import facet.train.config.TrainOptions;
import facet.train.report.Report;
import facet.train.run.Console;
import facet.train.run.RunFolder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `--log-gradients`.
class LogGradientsTest {
  @TempDir private Path temp;

  /// Two people a branch, embeddings of length 2 at angles.
  ///
  /// The cosine of two embeddings of length `l` moves with each by `sin(angle) / l`. A single is in
  /// two negatives, its own and the other's, each of which the order loss weighs with
  /// `weight * 2 branches / 2 negatives`; an image of a pair is in one positive.
  @Test
  void theNormsAreThoseWorkedOutByHand() {
    var layout = new DdlBatch(2, 2);
    double[] degrees = {0, 60, 0, 90, 0, 0, 30, 60, 0, 0, 45, 90};
    int[] people = {0, 1, 2, 0, 3, 4, 3, 4, 5, 6, 5, 6};
    var length = 2;
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.on(backend)) {
      var classes = new Parameters(scope, 1);
      var head = new MarginHead(classes, 3, 2, new Margin(Margin.Kind.SOFTMAX, 0, 4));
      classes.all().getFirst().value().set(at(1, 0, 120, 240));
      var settings = new DdlSettings(DdlSettings.DEFAULT.grid(), 0, 0, 0.5, 1e-9, false);
      var objective =
          new Objective.Measured(
              new Objective.Branches(
                  head, new DdlLoss(settings, layout), 3, layout.allSingles(), 2),
              List.of());
      var z = scope.variable(Shape.of(12, 2));
      z.set(at(length, degrees));
      var terms = new LossTerms();
      objective.loss(tape, z, tape.ints(people), terms);

      var singles = 2 * Math.pow(2 * sin(60), 2) + 2 * Math.pow(2 * sin(90), 2);
      var pairs = 2 * DoubleStream.of(30, 60, 45, 90).map(a -> Math.pow(sin(a), 2)).sum();
      var order = 3 * 0.5 / length * Math.sqrt(singles + pairs);
      var softmax = 0.0;
      for (var i = 0; i < 4; i++) {
        softmax += Math.pow(2.0 / 4 / length * slope(degrees[i], 120 * people[i]), 2);
      }
      assertThat(terms.gradients().keySet())
          .containsExactly("softmax", "kl_positive", "kl_negative", "order");
      assertThat(terms.gradients().get("order")).isCloseTo(order, within(1e-12));
      assertThat(terms.gradients().get("softmax")).isCloseTo(Math.sqrt(softmax), within(1e-12));
      assertThat(terms.gradients().get("kl_positive")).isZero(); // it has no weight
    }
  }

  private static double[] at(double length, double... degrees) {
    return Arrays.stream(degrees)
        .flatMap(a -> DoubleStream.of(length * Math.cos(Math.toRadians(a)), length * sin(a)))
        .toArray();
  }

  private static double sin(double degrees) {
    return Math.sin(Math.toRadians(degrees));
  }

  /// By how much the cross-entropy of an image at this angle rises with the angle: classes at 0,
  /// 120 and 240 degrees, its own at `target`, a scale of 4.
  private static double slope(double angle, double target) {
    var sum = 0.0;
    var moved = 0.0;
    for (var c : new double[] {0, 120, 240}) {
      var e = Math.exp(4 * Math.cos(Math.toRadians(angle - c)));
      sum += e;
      moved -= e * 4 * sin(angle - c);
    }
    return moved / sum + 4 * sin(angle - target);
  }

  private static TrainOptions options(String head, String teacher, int shards) {
    var options = Tiny.options();
    options.loss.loss = "ddl";
    options.loss.head = head;
    options.loss.ddlQueue = 6;
    options.loss.ddlTeacher = teacher;
    options.optimizer.epochs = 2;
    options.optimizer.shards = shards;
    options.run.evalEvery = 0;
    return options;
  }

  private static String train(TrainOptions options, RunFolder folder, boolean resume) {
    var printed = new ByteArrayOutputStream();
    var console = new Console(new PrintStream(printed, true, StandardCharsets.UTF_8), false);
    try (var backend = new CpuBackend(1);
        var run = new TrainingRun(options, Tiny.FACES, backend, console)) {
      if (resume) {
        run.resume(folder);
      }
      run.run(folder, null, () -> false);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({"curricularface,live,", "adaface,frozen,", "curricularface,live,2"})
  void theTrainingIsTheSameToTheBit(String head, String teacher, Integer shards) throws Exception {
    var plain = RunFolder.create(temp, "plain");
    var options = options(head, teacher, shards == null ? 0 : shards);
    assertThat(train(options, plain, false)).doesNotContain("of embeddings");
    var measured = RunFolder.create(temp, "measured");
    options.loss.logGradients = true;
    assertThat(train(options, measured, false)).contains(" (of embeddings: softmax ", ", order ");
    assertThat(measured.checkpoint("last")).hasSameBinaryContentAs(plain.checkpoint("last"));
    assertThat(Files.readAllLines(measured.metrics()).getFirst())
        .endsWith(
            ",order,gradient/softmax,gradient/kl_positive,gradient/kl_negative,gradient/order,score");
    try (var files = Files.newDirectoryStream(measured.root(), "events.out.tfevents.*")) {
      assertThat(Files.readString(files.iterator().next(), StandardCharsets.ISO_8859_1))
          .contains("train/gradient/kl_positive");
    }
  }

  /// A run may begin to measure: its first rows have none.
  @Test
  void aRunThatBeginsToMeasureHasAReport() throws Exception {
    var folder = RunFolder.create(temp, "run");
    var options = options("arcface", "live", 0);
    options.run.maxSteps = 3;
    train(options, folder, false);
    options.run.maxSteps = 0;
    options.loss.logGradients = true;
    train(options, folder, true);
    Report.write(folder.root());
    assertThat(Files.readString(folder.root().resolve("report.html")))
        .contains("kl positive <span>gradient of the term for the embeddings</span>")
        .doesNotContain("NaN");
  }
}
