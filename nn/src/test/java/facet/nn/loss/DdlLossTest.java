package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.ShapeException;
import facet.tensor.Tape;
import facet.tensor.check.Data;
import facet.tensor.reference.ReferenceBackend;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The corners of the loss over whole batches: two samples a part, embeddings of length 2,
/// `[easy singles | hard singles | easy firsts | easy seconds | hard firsts | hard seconds]`.
class DdlLossTest {
  private static final int[] DISTINCT = {0, 1, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7};

  /// Embeddings at angles, in degrees.
  private static double[] at(double... degrees) {
    return Arrays.stream(degrees)
        .flatMap(a -> DoubleStream.of(Math.cos(Math.toRadians(a)), Math.sin(Math.toRadians(a))))
        .toArray();
  }

  private record Result(double loss, double[] gradient) {
    double[] of(int image) {
      return Arrays.copyOfRange(gradient, 2 * image, 2 * image + 2);
    }
  }

  private static Result run(DdlSettings settings, double[] embeddings, int... labels) {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.on(backend)) {
      var z = scope.variable(Shape.of(labels.length, 2));
      z.set(embeddings);
      var loss =
          new DdlLoss(settings, new DdlBatch(labels.length / 6, 2))
              .loss(tape, z, tape.ints(labels));
      var dz = tape.backward(loss).of(z);
      assertThat(dz).isNotNull();
      return new Result(loss.item(), dz.toDoubles());
    }
  }

  private static DdlSettings orderOnly() {
    return new DdlSettings(DdlSettings.DEFAULT.grid(), 0, 0, 0.5, 1e-9, false);
  }

  @Test
  void orderIsTheDistanceOfMeansOverAllBranches() {
    // negatives: cos 60, twice; cos 90, twice. positives: cos 0 and cos 60; cos 30, twice
    var z = at(0, 60, 0, 90, 5, 0, 5, 60, 0, 40, 30, 70);
    var negatives = 2 * (0.5 + 0);
    var positives = 2 * (0.75 + Math.cos(Math.toRadians(30)));
    assertThat(run(orderOnly(), z, DISTINCT).loss())
        .isCloseTo(0.5 * (negatives - positives), within(1e-12));
  }

  @Test
  void onePersonTwiceAmongTheSinglesIsNoNegative() {
    var z = at(0, 60, 0, 90, 5, 0, 5, 60, 0, 40, 30, 70);
    var same = DISTINCT.clone();
    same[1] = same[0]; // the easy branch has no negatives any more
    var positives = 0.75 + Math.cos(Math.toRadians(30));
    var result = run(orderOnly(), z, same);
    assertThat(result.loss()).isCloseTo(0.5 * (2 * 0 - positives), within(1e-12));
    assertThat(result.of(0)).containsExactly(0, 0);
    assertThat(result.of(2)).isNotEqualTo(new double[] {0, 0});
  }

  @Test
  void everySingleSearchesBothSides() {
    // of three singles at 0, 80, 90 degrees the last one finds its negative before it
    var z = at(0, 80, 90, 0, 80, 90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    var labels = new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 6, 7, 8, 9, 10, 11, 9, 10, 11};
    var mean = (Math.cos(Math.toRadians(80)) + 2 * Math.cos(Math.toRadians(10))) / 3;
    assertThat(run(orderOnly(), z, labels).loss())
        .isCloseTo(2 * 0.5 * (mean + mean - 2), within(1e-12));
  }

  @Test
  void positivesBelow0AreLeftOutUnlessAllAre() {
    var some = at(0, 90, 0, 90, 0, 0, 60, 170, 0, 0, 0, 0);
    assertThat(run(orderOnly(), some, DISTINCT).loss()).isCloseTo(0.5 * -2 * 1.5, within(1e-12));
    assertThat(run(orderOnly(), some, DISTINCT).of(5)).containsExactly(0, 0);
    var all = at(0, 90, 0, 90, 0, 0, 120, 120, 0, 0, 0, 0);
    var result = run(DdlSettings.OFFICIAL, all, DISTINCT);
    assertThat(result.loss()).isFinite();
    assertThat(result.of(4)).isNotEqualTo(new double[] {0, 0});
  }

  @Test
  void onePersonAloneLeavesThePositives() {
    var z = at(0, 60, 0, 90, 5, 0, 5, 60, 0, 40, 30, 70);
    var result = run(DdlSettings.DEFAULT, z, new int[DISTINCT.length]);
    assertThat(result.loss()).isFinite().isPositive(); // the divergence of the positives
    assertThat(result.of(0)).containsExactly(0, 0);
    assertThat(result.of(5)).isNotEqualTo(new double[] {0, 0});
  }

  @Test
  void embeddingOfZerosHasFiniteGradients() {
    var z = at(0, 60, 0, 90, 5, 0, 5, 60, 0, 40, 30, 70);
    Arrays.fill(z, 8, 10, 0);
    Arrays.fill(z, 0, 2, 0);
    var result = run(DdlSettings.DEFAULT, z, DISTINCT);
    assertThat(result.loss()).isFinite();
    for (var g : result.gradient()) {
      assertThat(g).isFinite().isBetween(-1e5, 1e5);
    }
  }

  @Test
  void allEmbeddingsEqualHasFiniteGradients() {
    var z = new double[24];
    Arrays.fill(z, 1);
    var result = run(DdlSettings.OFFICIAL, z, DISTINCT);
    assertThat(result.loss()).isCloseTo(0, within(1e-9));
    for (var g : result.gradient()) {
      assertThat(g).isCloseTo(0, within(1e-9));
    }
  }

  @Test
  void teacherThatIsDetachedStillFeelsTheOrder() {
    var z = Data.normal(24, 1, 3);
    var d = DdlSettings.DEFAULT;
    var attached = run(d, z, DISTINCT);
    var detached = run(new DdlSettings(d.grid(), 0.1, 0.02, 0.5, 1e-9, true), z, DISTINCT);
    assertThat(detached.loss()).isEqualTo(attached.loss());
    assertThat(detached.of(2)).containsExactly(attached.of(2), within(1e-15)); // a student's
    assertThat(detached.of(0)).isNotEqualTo(attached.of(0));
    assertThat(detached.of(0)).isNotEqualTo(new double[] {0, 0});
  }

  @Test
  void theTermsAloneAddUpToTheLoss() {
    var d = DdlSettings.DEFAULT;
    var settings = new DdlSettings(d.grid(), 3, 2, 0.5, d.e(), false);
    var labels = IntStream.range(0, 27).map(i -> i < 9 ? i : 9 + i % 3).toArray();
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.on(backend)) {
      var z = scope.variable(Shape.of(27, 4));
      z.set(Data.normal(27 * 4, 1, 5));
      var memory = new DdlMemory(new Parameters(scope, 0), 3, 3, 6, 0);
      var loss = new DdlLoss(settings, new DdlBatch(3, 3), 3, memory);
      loss.loss(tape, z, tape.ints(labels)); // the queue now has something
      var people = tape.ints(labels);
      var terms = loss.terms(tape, z, people);
      var named = new LossTerms();
      var whole = loss.loss(tape, z, people, named);
      assertThat(terms.keySet())
          .containsExactly(
              "kl_positive_1", "kl_positive_2", "kl_negative_1", "kl_negative_2", "order");
      var sum = new double[27 * 4];
      terms.forEach(
          (name, term) -> {
            assertThat(term.item()).isCloseTo(named.values().get(name), within(1e-12));
            var dz = tape.backward(term).of(z).toDoubles();
            assertThat(Arrays.stream(dz).map(Math::abs).max().orElse(0)).isGreaterThan(1e-6);
            Arrays.setAll(sum, i -> sum[i] + dz[i]);
          });
      assertThat(tape.backward(whole).of(z).toDoubles()).containsExactly(sum, within(1e-12));
    }
  }

  @Test
  void batchOfAnotherSizeIsRefused() {
    try (var backend = new ReferenceBackend();
        var tape = Tape.on(backend)) {
      var z = tape.zeros(Shape.of(10, 2));
      var loss = new DdlLoss(DdlSettings.DEFAULT, new DdlBatch(2, 2));
      assertThatThrownBy(() -> loss.loss(tape, z, tape.ints(DISTINCT)))
          .isInstanceOf(ShapeException.class)
          .hasMessage("ddlLoss: embeddings must be [12, d] for 2 branches of 2, are [10, 2]");
      var right = tape.zeros(Shape.of(12, 2));
      assertThatThrownBy(() -> loss.loss(tape, right, tape.ints(1, 2)))
          .isInstanceOf(ShapeException.class)
          .hasMessage("ddlLoss: there are 2 labels for 12 embeddings");
    }
  }
}
