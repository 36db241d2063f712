package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

class BaselinesTest {
  @Test
  void histogramLossIsTheChanceOfAWrongOrder() {
    try (var backend = new ReferenceBackend();
        var tape = Tape.on(backend)) {
      // positives (0,1) and (2,3): 0.5 and -0.5; negatives: 1, -1, -1, -1 (on nodes: exact counts)
      var c =
          tape.of(Shape.of(4, 4), 1, 0.5, 1.0, -1, 0.5, 1, -1, -1, 1, -1, 1, -0.5, -1, -1, -0.5, 1);
      var loss = tape.apply(new HistogramLoss(5, tape.ints(0, 0, 1, 1)), c);
      assertThat(loss.item()).isCloseTo(0.25, within(1e-15)); // one in four is above both
    }
  }

  @Test
  void tripletLossCountsViolationsAgainstTheHardestOfTheBatch() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.on(backend)) {
      var z = scope.variable(Shape.of(6, 2));
      // [singles | firsts | seconds]: anchor 2 has positive 4 (cosine 1) and, of the others, single
      // 0
      // (0.8) as its hardest negative; anchor 3 has positive 5 (0) and single 1 (0.6)
      z.set(0.8, 0.6, -0.8, 0.6, 3, 0, 0, 1, 1, 0, -4, 0);
      var loss =
          new TripletLoss(0.25, new DdlBatch(2, 1)).loss(tape, z, tape.ints(7, 8, 0, 1, 0, 1));
      assertThat(loss.item()).isCloseTo((0.05 + 0.85) / 2, within(1e-15));
      var dz = tape.backward(loss).of(z);
      assertThat(dz).isNotNull();
      var rows = dz.toDoubles();
      // the anchor gets half of (negative - positive) without its radial part
      assertThat(new double[] {rows[4], rows[5], rows[6], rows[7]})
          .containsExactly(new double[] {0, 0.3 / 3, 0.9, 0}, within(1e-15));
    }
  }

  @Test
  void tripletLossWithoutNegativesIsZero() {
    try (var backend = new ReferenceBackend();
        var tape = Tape.on(backend)) {
      var z = tape.of(Shape.of(3, 2), 1.0, 0, 1, 0, -1, 0);
      var loss = new TripletLoss(0.9, new DdlBatch(1, 1)).loss(tape, z, tape.ints(4, 4, 4));
      assertThat(loss.item()).isZero();
    }
  }
}
