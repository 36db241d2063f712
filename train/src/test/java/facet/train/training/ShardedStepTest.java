package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.kernels.cpu.CpuBackend;
import facet.nn.Initializer;
import facet.nn.Layer;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.loss.ClassShards;
import facet.nn.loss.DdlBatch;
import facet.nn.loss.Head;
import facet.nn.loss.HeadSettings;
import facet.nn.loss.MarginHead;
import facet.nn.loss.ShardedHead;
import facet.nn.loss.TripletLoss;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.nn.ranks.Alone;
import facet.nn.ranks.Communicator;
import facet.nn.ranks.Shards;
import facet.nn.ranks.Threads;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Margin;
import facet.train.config.OptimizerOptions;
import facet.train.data.batch.Batch;
import facet.train.data.batch.ShardRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Steps on shards against steps on the whole batch, of a network that does not look at the other
/// images of a pass: equal to rounding, for losses that compare the images of a batch, too.
class ShardedStepTest {
  private static final DdlBatch LAYOUT = new DdlBatch(2, 2);
  private static final int IMAGES = LAYOUT.size();
  private static final int CLASSES = 7;
  private static final int D = 6;
  private static final int STEPS = 3;

  private static float[] images(int step) {
    var random = new Random(step);
    var images = new float[IMAGES * 48];
    for (var i = 0; i < images.length; i++) {
      images[i] = random.nextFloat(-1, 1);
    }
    return images;
  }

  /// The batch, or the part of it that shards have.
  private static Batch batch(int step, ShardRange part) {
    var batch = new Batch(IMAGES, part.images(IMAGES), 4);
    var all = images(step);
    var positions = part.positions(IMAGES);
    for (var i = 0; i < positions.length; i++) {
      System.arraycopy(all, positions[i] * 48, batch.images(), i * 48, 48);
    }
    for (var i = 0; i < IMAGES; i++) {
      batch.labels()[i] = (i * 3 + step) % CLASSES;
    }
    return batch;
  }

  private static Objective objective(boolean pairs, Head head) {
    return pairs
        ? new Objective.Branches(head, new TripletLoss(0.3, LAYOUT), 2, LAYOUT.allSingles(), 2)
        : new Objective.Classify(head);
  }

  private static Layer network(Tensor w) {
    return (tape, x) -> x.reshape(x.shape().dim(0), 48).matMul(w);
  }

  private static float[] whole(HeadSettings settings, boolean pairs) {
    try (var backend = new CpuBackend(1);
        var scope = Scope.on(backend)) {
      var weights = new Parameters(scope, 1);
      var w = weights.weight("w", Shape.of(48, D), Initializer.normal(0.3));
      var classes = new Parameters(scope, 2);
      var head = new MarginHead(classes, CLASSES, D, settings);
      var sgd =
          new Sgd(
              scope,
              0.9,
              new Optimizer.Group(weights.all(), 5e-4, 0.5),
              new Optimizer.Group(classes.all(), 5e-4, 0));
      var step = new TrainStep(backend, network(w), objective(pairs, head), sgd, 4, 1, 1);
      return seen(step, ShardRange.WHOLE, w);
    }
  }

  private static float[] sharded(
      Communicator ranks, int count, HeadSettings settings, boolean pairs) {
    try (var backend = new CpuBackend(1);
        var scope = Scope.on(backend)) {
      var shards = new Shards(ranks, count);
      var weights = new Parameters(scope, 1);
      var w = weights.weight("w", Shape.of(48, D), Initializer.normal(0.3));
      var classes = new ClassShards(scope, shards, CLASSES, D, 1, false);
      var head = new ShardedHead(classes, new Parameters(scope, 2), settings);
      var sgd = new Sgd(scope, 0.9, new Optimizer.Group(weights.all(), 5e-4, 0.5));
      List<Parameter> all = weights.all();
      var model = new ShardedStep.Model(network(w), all, objective(pairs, head), classes);
      var options = new OptimizerOptions();
      var step = new ShardedStep(scope, model, sgd, options, 4, 1, new Job(ranks), shards);
      var seen = seen(step, step.part(), w);
      assertThat(backend.pool().live()).as("what lives as long as the scope").isPositive();
      return seen;
    }
  }

  /// Losses, norms and weights of a few steps.
  private static float[] seen(Step step, ShardRange part, Tensor w) {
    var seen = new ArrayList<Float>();
    for (var i = 0; i < STEPS; i++) {
      var result = step.run(batch(i, part), i, 0.1);
      seen.add((float) result.loss());
      seen.add((float) result.gradientNorm());
      if (result.terms().containsKey("softmax")) {
        seen.add(result.terms().get("softmax").floatValue());
      }
    }
    for (var value : w.toFloats()) {
      seen.add(value);
    }
    var all = new float[seen.size()];
    for (var i = 0; i < all.length; i++) {
      all[i] = seen.get(i);
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"arcface", "curricularface", "adaface", "magface"})
  void equalsTheStepOnTheWholeBatch(String name) {
    var settings =
        switch (name) {
          case "arcface" -> new HeadSettings.Fixed(new Margin(Margin.Kind.ARCFACE, 0.3, 16));
          case "curricularface" -> new HeadSettings.CurricularFace(0.5, 0.3, 16);
          case "adaface" -> new HeadSettings.AdaFace(0.4, 0.333, 0.3, 16);
          default -> new HeadSettings.MagFace(1, 5, 0.45, 0.8, 2, 16, false);
        };
    for (var pairs : new boolean[] {false, true}) {
      var whole = whole(settings, pairs);
      for (var count : List.of(1, 2, 5)) {
        var alone = sharded(new Alone(), count, settings, pairs);
        assertThat(alone).hasSameSizeAs(whole);
        for (var i = 0; i < whole.length; i++) {
          assertThat(alone[i])
              .as("%s, pairs %s, %d shards, number %d", name, pairs, count, i)
              .isCloseTo(whole[i], within(2e-5f * (1 + Math.abs(whole[i]))));
        }
        for (var size = 2; size <= Math.min(count, 3); size++) {
          var several = Threads.run(size, ranks -> sharded(ranks, count, settings, pairs));
          assertThat(several).allMatch(seen -> Arrays.equals(seen, alone));
        }
      }
    }
  }
}
