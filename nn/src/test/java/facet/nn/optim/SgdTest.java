package facet.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.nn.Initializer;
import facet.nn.NonFiniteException;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.Mean;
import facet.tensor.op.Scale;
import facet.tensor.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The formulas by hand; ten steps against PyTorch are in `GoldenRunTest`.
class SgdTest {
  private static final double EXACT = 1e-12;

  /// One step on the loss `3 w`, `w` a scalar.
  private static double step(Sgd sgd, Tensor w, double rate) {
    try (var tape = Tape.on(w.backend())) {
      var loss = tape.apply(new Mean(), tape.apply(new Scale(3), w));
      return sgd.step(tape.backward(loss), rate);
    }
  }

  private static Tensor weight(Parameters parameters, double value) {
    return parameters.weight(
        "w", Shape.scalar(), new Parameter.Layout.Plain(), Initializer.constant(value));
  }

  @Test
  void momentumAccumulatesAndWeightsDecay() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var w = weight(parameters, 2);
      var sgd = new Sgd(scope, 0.5, new Optimizer.Group(parameters.all(), 0.25, 0));
      assertThat(step(sgd, w, 0.1)).isCloseTo(3, within(EXACT));
      // v = 3 + 0.25 · 2 = 3.5, w = 2 - 0.35
      assertThat(w.item()).isCloseTo(1.65, within(EXACT));
      step(sgd, w, 0.1);
      // v = 1.75 + 3 + 0.4125 = 5.1625
      assertThat(w.item()).isCloseTo(1.65 - 0.51625, within(EXACT));
    }
  }

  @Test
  void aGradientThatIsNotFiniteChangesNothing() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var w = weight(parameters, 2);
      var other =
          new Parameters(scope, 0)
              .weight(
                  "other", Shape.scalar(), new Parameter.Layout.Plain(), Initializer.constant(5));
      var second = new Parameter("other", other, true, new Parameter.Layout.Plain());
      var sgd =
          new Sgd(
              scope,
              0.5,
              new Optimizer.Group(List.of(second), 0, 1),
              new Optimizer.Group(parameters.all(), 0, 0));
      for (var factor : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        try (var tape = Tape.on(backend)) {
          var sum = tape.apply(new Add(), tape.apply(new Scale(factor), w), other);
          var gradients = tape.backward(tape.apply(new Mean(), sum));
          assertThatThrownBy(() -> sgd.step(gradients, 0.1))
              .isInstanceOf(NonFiniteException.class)
              .hasMessage("the gradient of w is not finite");
        }
        assertThat(w.item()).isEqualTo(2);
        assertThat(other.item()).isEqualTo(5); // of the group before, too
      }
    }
  }

  @Test
  void anUpdateThatOverflowsIsTold() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var w = weight(parameters, 2);
      var mean = parameters.constant("running", 2, 0);
      var sgd = new Sgd(scope, 0, new Optimizer.Group(parameters.all(), 0, 0));
      assertThatThrownBy(() -> step(sgd, w, 1e300 * 1e10))
          .isInstanceOf(NonFiniteException.class)
          .hasMessage("the update made w infinite or NaN");
      w.set(1e30); // whose square is more than a float holds, but it is finite
      step(sgd, w, 0.1);
      mean.set(1, Double.NaN);
      assertThatThrownBy(() -> step(sgd, w, 0.1))
          .hasMessage("the update made running infinite or NaN");
    }
  }

  @Test
  void vectorsDoNotDecay() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var w = parameters.vector("bias", 1, Initializer.constant(2));
      var sgd = new Sgd(scope, 0, new Optimizer.Group(parameters.all(), 0.25, 0));
      step(sgd, w, 0.1);
      assertThat(w.item()).isCloseTo(1.7, within(EXACT));
    }
  }

  @Test
  void clippingHoldsForItsGroupAlone() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var one = new Parameters(scope, 0);
      var other = new Parameters(scope, 0);
      var a = weight(one, 0);
      var b = weight(other, 0);
      var sgd =
          new Sgd(
              scope,
              0,
              new Optimizer.Group(one.all(), 0, 1),
              new Optimizer.Group(other.all(), 0, 0));
      try (var tape = Tape.on(backend)) {
        var loss = tape.apply(new Scale(3), tape.apply(new Add(), a, b));
        assertThat(sgd.step(tape.backward(loss), 1)).isCloseTo(3, within(EXACT));
      }
      assertThat(a.item()).isCloseTo(-3 / (3 + 1e-6), within(EXACT));
      assertThat(b.item()).isCloseTo(-3, within(EXACT));
    }
  }

  @Test
  void parametersTheLossDoesNotDependOnStay() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var w = weight(parameters, 2);
      var unused =
          parameters.weight(
              "u", Shape.of(3), new Parameter.Layout.Plain(), Initializer.constant(1));
      parameters.constant("frozen", 2, 5);
      var sgd = new Sgd(scope, 0.9, new Optimizer.Group(parameters.all(), 0.25, 0));
      step(sgd, w, 0.1);
      assertThat(unused.toDoubles()).containsExactly(1, 1, 1);
      assertThat(sgd.state()).extracting(Parameter::name).isEqualTo(List.of("w", "u"));
    }
  }

  @Test
  void restoredMomentumContinuesTheRun() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var w = weight(parameters, 2);
      var group = new Optimizer.Group(parameters.all(), 0, 0);
      var first = new Sgd(scope, 0.5, group);
      step(first, w, 0.1);
      var second = new Sgd(scope, 0.5, group);
      second.state().getFirst().value().set(first.state().getFirst().value().toDoubles());
      step(second, w, 0.1);
      assertThat(w.item()).isCloseTo(2 - 0.3 - 0.45, within(EXACT));
    }
  }
}
