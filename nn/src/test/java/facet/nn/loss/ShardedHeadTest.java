package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.optim.AdamW;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.nn.ranks.Alone;
import facet.nn.ranks.Shards;
import facet.nn.ranks.Threads;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.check.Data;
import facet.tensor.kernel.Margin;
import facet.tensor.reference.ReferenceBackend;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [ShardedHead] against [MarginHead]: losses, gradients of the embeddings, weights and momentum
/// over a few steps, and what the margins remember.
class ShardedHeadTest {
  private static final int CLASSES = 29;
  private static final int D = 6;
  private static final int ROWS = 11;
  private static final int STEPS = 4;
  private static final double RATE = 0.1;
  private static final double DECAY = 5e-4;
  private static final double ROUNDING = 2e-6; // sums over shards are of floats

  private static final Map<String, HeadSettings> HEADS =
      Map.of(
          "arcface", new HeadSettings.Fixed(new Margin(Margin.Kind.ARCFACE, 0.5, 16)),
          "arcface-easy", new HeadSettings.Fixed(new Margin(Margin.Kind.ARCFACE_EASY, 0.5, 16)),
          "cosface", new HeadSettings.Fixed(new Margin(Margin.Kind.COSFACE, 0.35, 16)),
          "softmax", new HeadSettings.Fixed(new Margin(Margin.Kind.SOFTMAX, 0, 16)),
          "sphereface", new HeadSettings.SphereFace(1.35, 16),
          "curricularface", new HeadSettings.CurricularFace(0.5, 0.3, 16),
          "adaface", new HeadSettings.AdaFace(0.4, 0.333, 0.3, 16),
          "magface", new HeadSettings.MagFace(1, 5, 0.45, 0.8, 2, 16, false),
          "magface-easy", new HeadSettings.MagFace(1, 5, 0.45, 0.8, 2, 16, true));

  /// What a few steps leave.
  private record Trained(
      double[] losses,
      double[] gradients,
      float[] weight,
      float[] momentum,
      float[] squares,
      double[] memory) {}

  private static double[] embeddings(int step) {
    var x = Data.uniform(ROWS * D, -2, 2, step + 1);
    return Data.fill(x.length, i -> i < D ? -0.01 * x[i] : x[i]);
  }

  private static int[] labels(int step) {
    var labels = Data.labels(ROWS, CLASSES, step + 7);
    labels[1] = 0; // the first of all
    labels[2] = CLASSES - 1;
    labels[3] = labels[4]; // twice
    return labels;
  }

  private static Trained plain(HeadSettings settings, boolean adamW) {
    var gradients = new double[STEPS * ROWS * D];
    var losses = new double[STEPS];
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 3);
      var head = new MarginHead(parameters, CLASSES, D, settings);
      var optimizer = optimizer(scope, parameters.all(), adamW);
      for (var step = 0; step < STEPS; step++) {
        try (var tape = Tape.training(backend, step)) {
          var x = scope.variable(Shape.of(ROWS, D));
          x.set(embeddings(step));
          var loss = head.loss(tape, x, tape.ints(labels(step)));
          losses[step] = loss.item();
          var found = tape.backward(loss);
          System.arraycopy(found.of(x).toDoubles(), 0, gradients, step * ROWS * D, ROWS * D);
          optimizer.step(found, RATE);
        }
      }
      var weight = parameters.all().getFirst().value().toFloats();
      var momentum = optimizer.state().getFirst().value().toFloats();
      var squares = adamW ? optimizer.state().get(1).value().toFloats() : new float[0];
      return new Trained(losses, gradients, weight, momentum, squares, memory(parameters));
    }
  }

  private static Optimizer optimizer(Scope scope, List<Parameter> parameters, boolean adamW) {
    var group = new Optimizer.Group(parameters, DECAY, 0);
    return adamW
        ? new AdamW(scope, new AdamW.Settings(0.9, 0.99, 1e-3), group)
        : new Sgd(scope, 0.9, group);
  }

  private static double[] memory(Parameters parameters) {
    return parameters.all().stream()
        .filter(p -> !p.name().equals("head.weight"))
        .map(Parameter::value)
        .mapToDouble(value -> value.item())
        .toArray();
  }

  private static Trained sharded(Shards shards, HeadSettings settings, double rate, boolean adamW) {
    var gradients = new double[STEPS * ROWS * D];
    var losses = new double[STEPS];
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 3);
      var classes = new ClassShards(scope, shards, CLASSES, D, rate, adamW);
      var head = new ShardedHead(classes, parameters, settings);
      var optimizer = optimizer(scope, List.of(), adamW);
      for (var step = 0; step < STEPS; step++) {
        try (var tape = Tape.training(backend, step)) {
          var x = scope.variable(Shape.of(ROWS, D));
          x.set(embeddings(step));
          var loss = head.loss(tape, x, tape.ints(labels(step)));
          losses[step] = loss.item();
          var found = tape.backward(loss);
          System.arraycopy(found.of(x).toDoubles(), 0, gradients, step * ROWS * D, ROWS * D);
          optimizer.step(found, RATE);
          classes.update(tape, optimizer, RATE, DECAY);
        }
      }
      var weight = gathered(classes, HeadMatrix.WEIGHT);
      var momentum = gathered(classes, HeadMatrix.MOMENTUM);
      var squares = adamW ? gathered(classes, HeadMatrix.SQUARES) : new float[0];
      return new Trained(losses, gradients, weight, momentum, squares, memory(parameters));
    }
  }

  /// In pieces, as a file is written.
  private static float[] gathered(ClassShards classes, HeadMatrix which) {
    var all = new float[CLASSES * D];
    for (var from = 0; from < all.length; from += 50) {
      var part = new float[Math.min(50, all.length - from)];
      classes.gather(which, from, part);
      System.arraycopy(part, 0, all, from, part.length);
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arcface",
        "arcface-easy",
        "cosface",
        "softmax",
        "sphereface",
        "curricularface",
        "adaface",
        "magface",
        "magface-easy"
      })
  void equalsTheUnshardedHead(String name) {
    equalsTheUnshardedHead(name, false);
  }

  @Test
  void equalsTheUnshardedHeadWithAdamW() {
    equalsTheUnshardedHead("arcface", true);
  }

  private static void equalsTheUnshardedHead(String name, boolean adamW) {
    var settings = HEADS.get(name);
    var plain = plain(settings, adamW);
    for (var count : List.of(1, 2, 5)) {
      var alone = sharded(new Shards(new Alone(), count), settings, 1, adamW);
      var what = name + " in " + count + " shards";
      close(what + ": loss", alone.losses, plain.losses);
      close(what + ": embeddings", alone.gradients, plain.gradients);
      close(what + ": memory", alone.memory, plain.memory);
      close(what + ": weights", doubles(alone.weight), doubles(plain.weight));
      close(what + ": momentum", doubles(alone.momentum), doubles(plain.momentum));
      close(what + ": squares", doubles(alone.squares), doubles(plain.squares));
      for (var size = 2; size <= Math.min(3, count); size++) {
        same(what + " on " + size + " ranks", size, alone, count, settings, 1, adamW);
      }
    }
  }

  private static void same(
      String what,
      int size,
      Trained alone,
      int count,
      HeadSettings settings,
      double rate,
      boolean adamW) {
    var several =
        Threads.run(size, ranks -> sharded(new Shards(ranks, count), settings, rate, adamW));
    for (var one : several) {
      assertThat(one.losses).as(what).isEqualTo(alone.losses);
      assertThat(one.gradients).as(what).isEqualTo(alone.gradients);
      assertThat(one.memory).as(what).isEqualTo(alone.memory);
    }
    assertThat(several.getFirst().weight).as(what).isEqualTo(alone.weight);
    assertThat(several.getFirst().momentum).as(what).isEqualTo(alone.momentum);
    assertThat(several.getFirst().squares).as(what).isEqualTo(alone.squares);
  }

  /// The softmax over a sample is that of a head that has no other classes.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSampleMovesItsClassesAndNoOthers(boolean adamW) {
    var settings = HEADS.get("arcface");
    var whole = sharded(new Shards(new Alone(), 3), settings, 1, adamW);
    assertThat(sharded(new Shards(new Alone(), 3), settings, 0.9999, adamW).losses)
        .as("a sample of all")
        .isEqualTo(whole.losses);
    var start = start();
    var some = sharded(new Shards(new Alone(), 3), settings, 0.4, adamW);
    assertThat(some.losses[0]).as("fewer classes").isLessThan(whole.losses[0]).isPositive();
    var moved = 0;
    var positives = new TreeSet<Integer>();
    for (var step = 0; step < STEPS; step++) {
      Arrays.stream(labels(step)).forEach(positives::add);
    }
    for (var c = 0; c < CLASSES; c++) {
      var still = true;
      for (var i = 0; i < D; i++) {
        still &= some.momentum[c * D + i] == 0;
      }
      for (var i = c * D; still && i < (c + 1) * D; i++) {
        assertThat(some.weight[i]).as("class %d is in no sample", c).isEqualTo(start[i]);
        assertThat(!adamW || some.squares[i] == 0).isTrue();
      }
      moved += still ? 0 : 1;
      assertThat(still && positives.contains(c)).as("class %d is a label", c).isFalse();
    }
    assertThat(moved).isGreaterThanOrEqualTo(positives.size());
    same("a sample on 3 ranks", 3, some, 3, settings, 0.4, adamW);
  }

  /// The weights before any step.
  private static float[] start() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var classes = new ClassShards(scope, new Shards(new Alone(), 3), CLASSES, D, 1, false);
      new ShardedHead(classes, new Parameters(scope, 3), HEADS.get("arcface"));
      return gathered(classes, HeadMatrix.WEIGHT);
    }
  }

  @Test
  void aSampleIsASampleOfTheRateWithEveryLabel() {
    var shard = shardOf(1000, 4000);
    for (var seed = 0; seed < 20; seed++) {
      var rows = new ClassSample(0.1, seed).of(shard, 1000, 4999, 17, 9000);
      assertThat(rows).hasSize(400).isSorted().doesNotHaveDuplicates().contains(0, 3999);
    }
    assertThat(new ClassSample(0.1, 1).of(shard)).isNotEqualTo(new ClassSample(0.1, 2).of(shard));
  }

  private static ClassShard shardOf(int first, int count) {
    var backend = new ReferenceBackend();
    return new ClassShard(Scope.on(backend), first, count, 1, EnumSet.of(HeadMatrix.WEIGHT));
  }

  private static double[] doubles(float... values) {
    return Data.fill(values.length, i -> values[i]);
  }

  private static void close(String what, double[] values, double[] expected) {
    assertThat(values).as(what).hasSameSizeAs(expected);
    for (var i = 0; i < values.length; i++) {
      var size = Math.max(1, Math.abs(expected[i]));
      assertThat(values[i]).as(what + ", " + i).isCloseTo(expected[i], within(ROUNDING * size));
    }
  }
}
