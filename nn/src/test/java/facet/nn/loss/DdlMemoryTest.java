package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.check.Data;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the loss remembers of earlier steps, and what that does to its gradient.
class DdlMemoryTest {
  private static final double MISSING = HistogramKernels.NO_SAMPLE;

  private final ReferenceBackend backend = new ReferenceBackend();
  private final Scope scope = Scope.on(backend);

  @AfterEach
  void close() {
    scope.close();
    backend.close();
  }

  private DdlMemory memory(int length, int pairs) {
    return new DdlMemory(new Parameters(scope, 0), 2, 2, length, pairs);
  }

  private Tensor[] step(double base) {
    var all = new Tensor[4];
    for (var i = 0; i < all.length; i++) {
      all[i] = scope.of(Shape.of(2), base + i / 10.0, base + i / 10.0 + 0.01);
    }
    return all;
  }

  @Test
  void theOldestLeavesTheQueue() {
    var memory = memory(4, 0);
    assertThat(memory.past().getFirst().gain()).isEqualTo(1);
    memory.push(step(0.1));
    assertThat(memory.past().get(3).similarities().toDoubles())
        .containsExactly(new double[] {0.4, 0.41, MISSING, MISSING}, within(1e-12));
    assertThat(memory.past().get(3).gain()).isEqualTo(2);
    memory.push(step(0.2));
    memory.push(step(0.3));
    assertThat(memory.past().get(0).similarities().toDoubles())
        .containsExactly(new double[] {0.3, 0.31, 0.2, 0.21}, within(1e-12));
    assertThat(memory.past().get(0).gain()).isEqualTo(3);
    for (var i = 4; i < 50; i++) {
      memory.push(step(0.01 * i));
      assertThat(memory.past().get(0).gain()).isEqualTo(3);
    }
    assertThat(memory.past().get(1).similarities().toDoubles())
        .containsExactly(new double[] {0.59, 0.6, 0.58, 0.59}, within(1e-12));
  }

  @Test
  void frozenTeacherKeepsItsDistributions() {
    var memory = memory(0, 4);
    assertThat(memory.lessons()).isEqualTo(2);
    memory.teach(0, step(0.1));
    assertThat(memory.lessons()).isEqualTo(2);
    memory.teach(1, step(0.2));
    assertThat(memory.lessons()).isZero();
    var past = memory.past();
    assertThat(past.get(0).gain()).isZero();
    assertThat(past.get(0).similarities().toDoubles())
        .containsExactly(new double[] {0.1, 0.11, 0.2, 0.21}, within(1e-12));
    assertThat(past.get(2).similarities().toDoubles())
        .containsExactly(new double[] {0.3, 0.31, 0.4, 0.41}, within(1e-12));
    assertThat(past.get(1).gain()).isEqualTo(1);
    assertThat(past.get(1).similarities().size()).isZero();
  }

  /// The mean over many batches of the gradient with a queue is that of a batch of everything: what
  /// the gain is for. The order loss is off, whose gradient is a mean anyway.
  @Test
  void gainMakesTheGradientThatOfAllFaces() {
    var d = DdlSettings.DEFAULT;
    var settings = new DdlSettings(d.grid(), 1, 1, 0, d.e(), false);
    var all = new double[][] {values(1, 0.6), values(2, 0.3), values(3, 0.2), values(4, 0.4)};
    var expected = gradients(settings, List.of(), all);
    var size = all[0].length;
    var n = size / 8;
    for (var batch = 0; batch < 8; batch++) {
      var some = new double[4][];
      var past = new ArrayList<DistributionDistillation.Past>();
      for (var i = 0; i < 4; i++) {
        some[i] = Arrays.copyOfRange(all[i], batch * n, (batch + 1) * n);
        var rest = new double[size - n];
        System.arraycopy(all[i], 0, rest, 0, batch * n);
        System.arraycopy(all[i], (batch + 1) * n, rest, batch * n, rest.length - batch * n);
        past.add(
            new DistributionDistillation.Past(
                scope.of(Shape.of(rest.length), rest), size / (double) n));
      }
      var actual = gradients(settings, past, some);
      for (var i = 0; i < 4; i++) {
        for (var k = 0; k < n; k++) {
          // the mean over the 8 batches, each of which has n of the similarities
          assertThat(actual[i][k] / 8).isCloseTo(expected[i][batch * n + k], within(1e-12));
        }
      }
    }
  }

  /// What a queue is for: the direction in which the divergence of a batch's positives pulls them,
  /// as the cosine with that of the divergence of 4,000, at the distributions that CFP has in
  /// training.
  @Test
  void queueTakesTheNoiseOutOfTheGradient() {
    assertThat(agreements(8, 0, 256, 512))
        .containsExactly(new double[] {0.43, 0.93, 0.94}, within(0.02));
    assertThat(agreements(32, 0)).containsExactly(new double[] {0.61}, within(0.02));
    assertThat(agreements(64, 0)).containsExactly(new double[] {0.71}, within(0.02));
  }

  /// For batches of `n` with each of the queues.
  private double[] agreements(int n, int... queues) {
    var d = DdlSettings.DEFAULT;
    var settings = new DdlSettings(d.grid(), 1, 0, 0, d.e(), false);
    var batches = 40;
    var means = new double[queues.length];
    for (var batch = 0; batch < batches; batch++) {
      var values = new double[4][];
      for (var i = 0; i < 4; i++) {
        values[i] = similarities(n, 100 + 4 * batch + i, i);
      }
      var exact = gradients(settings, past(n, 4_000, 7 * batch + 1), values);
      for (var q = 0; q < queues.length; q++) {
        var past =
            queues[q] == 0
                ? List.<DistributionDistillation.Past>of()
                : past(n, queues[q], 7 * batch);
        means[q] += cosine(gradients(settings, past, values), exact) / batches;
      }
    }
    return means;
  }

  private List<DistributionDistillation.Past> past(int n, int queue, int seed) {
    var past = new ArrayList<DistributionDistillation.Past>();
    for (var i = 0; i < 4; i++) {
      var length = i < 2 ? queue : 1; // of negatives, which do not matter here
      var values = similarities(length, 10_000 + 4 * seed + i, i);
      past.add(
          new DistributionDistillation.Past(
              scope.of(Shape.of(length), values), (n + length) / (double) n));
    }
    return past;
  }

  /// Of an easy and of a hard branch.
  private static double[] similarities(int n, int seed, int input) {
    var x = Data.normal(n, input == 0 ? 0.19 : 0.17, seed);
    var mean = input == 0 ? 0.52 : 0.47;
    return Arrays.stream(x).map(v -> Math.clamp(mean + v, -0.99, 0.99)).toArray();
  }

  private static double cosine(double[][] a, double[][] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (var i = 0; i < 2; i++) {
      for (var k = 0; k < a[i].length; k++) {
        ab += a[i][k] * b[i][k];
        aa += a[i][k] * a[i][k];
        bb += b[i][k] * b[i][k];
      }
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static double[] values(int seed, double mean) {
    var x = Data.normal(32, 0.1, seed);
    return Arrays.stream(x).map(v -> Math.clamp(mean + v, 0.01, 0.99)).toArray();
  }

  private double[][] gradients(
      DdlSettings settings, List<DistributionDistillation.Past> past, double[]... values) {
    try (var tape = Tape.on(backend)) {
      var inputs = new Tensor[values.length];
      for (var i = 0; i < inputs.length; i++) {
        inputs[i] = scope.variable(Shape.of(values[i].length));
        inputs[i].set(values[i]);
      }
      var gradients =
          tape.backward(tape.apply(new DistributionDistillation(settings, past), inputs));
      return Arrays.stream(inputs).map(x -> gradients.of(x).toDoubles()).toArray(double[][]::new);
    }
  }

  /// Steps of the whole loss: what a step queues is what the next one counts.
  @Test
  void lossQueuesWhatTrainingSees() {
    var memory = new DdlMemory(new Parameters(scope, 0), 4, 2, 8, 0);
    var loss = new DdlLoss(DdlSettings.DEFAULT, new DdlBatch(4, 2), 2, memory);
    var first = value(loss, 1, true);
    assertThat(first)
        .isEqualTo(value(new DdlLoss(DdlSettings.DEFAULT, new DdlBatch(4, 2), 2, null), 1, true));
    assertThat(memory.past().getFirst().gain()).isEqualTo(2);
    var evaluated = value(loss, 2, false);
    assertThat(memory.past().getFirst().gain()).isEqualTo(2);
    assertThat(value(loss, 2, true)).isEqualTo(evaluated);
    assertThat(memory.past().getFirst().gain()).isEqualTo(3);
    assertThat(evaluated)
        .isNotEqualTo(
            value(new DdlLoss(DdlSettings.DEFAULT, new DdlBatch(4, 2), 2, null), 2, true));
  }

  @Test
  void negativesAreTheHardestOfTheirGroup() {
    var whole = new DdlLoss(orderOnly(), new DdlBatch(4, 2), 4, null);
    var pairs = new DdlLoss(orderOnly(), new DdlBatch(4, 2), 2, null);
    // fewer to choose from: the negatives are lower, the order loss is, too
    assertThat(value(pairs, 3, true)).isLessThan(value(whole, 3, true));
  }

  private static DdlSettings orderOnly() {
    return new DdlSettings(DdlSettings.DEFAULT.grid(), 0, 0, 0.5, 1e-9, false);
  }

  private double value(DdlLoss loss, int seed, boolean training) {
    try (var tape = training ? Tape.training(backend, 0) : Tape.inference(backend)) {
      var z = tape.of(Shape.of(24, 3), Data.normal(72, 1, seed));
      var labels = new int[24];
      Arrays.setAll(labels, i -> i);
      return loss.loss(tape, z, tape.ints(labels)).item();
    }
  }
}
