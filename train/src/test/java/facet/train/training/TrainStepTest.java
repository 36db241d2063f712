package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.cpu.CpuBackend;
import facet.nn.Initializer;
import facet.nn.Layer;
import facet.nn.Parameters;
import facet.nn.loss.MarginHead;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.kernel.Margin;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.data.batch.Batch;
import facet.train.run.Quiet;
import facet.train.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a run does to memory and to the loss.
class TrainStepTest {
  @TempDir private Path temp;

  private static final FaceDataset FACES = Tiny.drawn(12, 5, 3, 24);

  private static TrainOptions options(String loss, int epochs) {
    var options = new TrainOptions();
    options.loss.loss = loss;
    options.network.width = 8;
    options.network.depths = "1,1,1";
    options.network.size = 24;
    options.network.embedding = 32;
    options.network.dropout = 0.0;
    options.loss.scale = 16;
    options.optimizer.epochs = epochs;
    options.optimizer.warmup = 0;
    options.augmentation.shift = 0;
    options.optimizer.batchSize = 24;
    options.loss.branch.size = 4;
    return options;
  }

  private RunFolder train(TrainOptions options, Backend backend, String name) {
    var console = Quiet.console();
    var folder = RunFolder.create(temp, name);
    try (var run = new TrainingRun(options, FACES, backend, console)) {
      run.run(folder, null, () -> false);
    }
    return folder;
  }

  @Test
  void longerRunsAllocateNothingMoreAndGiveAllBack() {
    for (var loss : List.of("arcface", "ddl")) {
      long shortRun;
      try (var backend = new CpuBackend(2)) {
        train(options(loss, 1), backend, loss);
        shortRun = backend.pool().allocations();
        assertThat(backend.pool().live()).isZero();
        assertThat(backend.intPool().live()).isZero();
      }
      try (var backend = new CpuBackend(2)) {
        train(options(loss, 5), backend, loss);
        assertThat(backend.pool().allocations()).as(loss).isEqualTo(shortRun);
      }
    }
  }

  @Test
  void theLossFalls() throws Exception {
    try (var backend = new CpuBackend(2)) {
      var rows =
          Files.readAllLines(train(options("arcface", 12), backend, "falls").metrics()).stream()
              .skip(1)
              .mapToDouble(row -> Double.parseDouble(row.split(",")[2]))
              .toArray();
      assertThat(rows[rows.length - 1]).isLessThan(0.5 * rows[0]);
    }
  }

  /// Without batch norm the parts' gradients add up to the batch's, also of parts of unequal sizes,
  /// and the norm that is clipped is the batch's.
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void partsOfABatchMakeTheUpdateOfTheBatch(int parts) {
    try (var backend = new CpuBackend(2)) {
      var whole = steps(backend, 1);
      var inParts = steps(backend, parts);
      assertThat(inParts).hasSameSizeAs(whole);
      for (var i = 0; i < whole.length; i++) {
        assertThat(inParts[i]).isCloseTo(whole[i], Offset.offset(5e-6f * (1 + Math.abs(whole[i]))));
      }
      assertThat(backend.pool().live()).isZero();
    }
  }

  /// Loss, norm and weights after three steps of a linear network with a margin head.
  private static float[] steps(Backend backend, int parts) {
    try (var scope = Scope.on(backend)) {
      var weights = new Parameters(scope, 1);
      var w = weights.weight("w", Shape.of(48, 6), Initializer.normal(0.3));
      var classes = new Parameters(scope, 2);
      var head = new MarginHead(classes, 5, 6, new Margin(Margin.Kind.ARCFACE, 0.3, 16));
      var sgd =
          new Sgd(
              scope,
              0.9,
              new Optimizer.Group(weights.all(), 1e-3, 0.5),
              new Optimizer.Group(classes.all(), 1e-3, 0));
      Layer network = (tape, x) -> x.reshape(x.shape().dim(0), 48).matMul(w);
      var step = new TrainStep(backend, network, new Objective.Classify(head), sgd, 4, 1, parts);
      var batch = new Batch(8, 4);
      var random = new Random(3);
      for (var i = 0; i < batch.images().length; i++) {
        batch.images()[i] = random.nextFloat(-1, 1);
      }
      for (var i = 0; i < 8; i++) {
        batch.labels()[i] = i % 5;
      }
      var seen = new ArrayList<Float>();
      for (var i = 0; i < 3; i++) {
        var result = step.run(batch, i, 0.1);
        seen.add((float) result.loss());
        seen.add((float) result.gradientNorm());
      }
      for (var p : List.of(w, classes.all().getFirst().value())) {
        for (var value : p.toFloats()) {
          seen.add(value);
        }
      }
      var all = new float[seen.size()];
      for (var i = 0; i < all.length; i++) {
        all[i] = seen.get(i);
      }
      return all;
    }
  }

  @Test
  void oneAndTwoThreadsAgree() throws Exception {
    var last = new double[2];
    for (var threads = 1; threads <= 2; threads++) {
      try (var backend = new CpuBackend(threads)) {
        var rows = Files.readAllLines(train(options("ddl", 1), backend, "t").metrics());
        last[threads - 1] = Double.parseDouble(rows.getLast().split(",")[2]);
      }
    }
    assertThat(last[1]).isCloseTo(last[0], org.assertj.core.data.Percentage.withPercentage(0.1));
  }
}
