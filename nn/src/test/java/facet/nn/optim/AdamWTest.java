package facet.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.nn.Initializer;
import facet.nn.Linear;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.Sequential;
import facet.nn.loss.CrossEntropy;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.reference.ReferenceBackend;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private static double[] gradient(int length, IntToDoubleFunction f) {
    return IntStream.range(0, length).mapToDouble(f).toArray();
  }

  /// Moves `w` and `b` from step `from` on: the loss is their product with the gradients.
  private static void steps(Parameters p, AdamW adam, int from, int to) {
    var w = p.all().get(0).value();
    var b = p.all().get(1).value();
    for (var step = from; step <= to; step++) {
      var t = step;
      try (var tape = Tape.on(w.backend())) {
        var dw = tape.of(w.shape(), gradient(4, i -> Math.sin(t * (i + 1))));
        var db = tape.of(b.shape(), gradient(2, i -> Math.cos(t * (i + 1))));
        var loss = w.times(dw).sum().plus(b.times(db).sum());
        adam.step(tape.backward(loss), 0.01 * t);
      }
    }
  }

  private static Parameters parameters(Scope scope) {
    var p = new Parameters(scope, 0);
    p.weight("w", Shape.of(2, 2), new Parameter.Layout.Plain(), Initializer.constant(0))
        .set(1, -2, 0.5, 3);
    p.vector("b", 2, Initializer.constant(0)).set(0.3, -0.7);
    return p;
  }

  private static AdamW adam(Scope scope, Parameters p) {
    var settings = new AdamW.Settings(0.8, 0.99, 1e-3);
    return new AdamW(scope, settings, new Optimizer.Group(p.all(), 0.05, 0.5));
  }

  /// Five steps of PyTorch's `AdamW` in float64, gradients clipped to the norm 0.5, no weight decay
  /// on `b`.
  @Test
  void followsPyTorch() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var p = parameters(scope);
      steps(p, adam(scope, p), 1, 5);
      assertThat(p.all().get(0).value().toDoubles())
          .containsExactly(
              new double[] {
                0.9457667827266235, -2.008293735123886, 0.4813896341453185, 2.991411171053463
              },
              within(1e-14));
      assertThat(p.all().get(1).value().toDoubles())
          .containsExactly(new double[] {0.3557712755001735, -0.6586734773620332}, within(1e-14));
    }
  }

  @Test
  void restoredMomentsContinueTheRun() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var p = parameters(scope);
      var first = adam(scope, p);
      steps(p, first, 1, 2);
      var second = adam(scope, p);
      for (var i = 0; i < first.state().size(); i++) {
        second.state().get(i).value().set(first.state().get(i).value().toDoubles());
      }
      assertThat(second.state())
          .extracting(Parameter::name)
          .containsExactly("w", "b", "squares.w", "squares.b", "updates");
      steps(p, second, 3, 5);
      assertThat(p.all().get(0).value().toDoubles()[3]).isCloseTo(2.991411171053463, within(1e-14));
    }
  }

  /// The names that a reader looks for, together: three sectors of the plane.
  @Test
  void trainsASequenceOfLayersWithCrossEntropy() {
    var random = new Random(1);
    var points = random.doubles(2 * 150L, -1, 1).toArray();
    var labels = new int[150];
    Arrays.setAll(
        labels, i -> (int) ((Math.atan2(points[2 * i], points[2 * i + 1]) / Math.PI + 1) * 1.4999));
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var p = new Parameters(scope, 1);
      var network =
          new Sequential(
              new Linear(p, "hidden", 2, 16, new Parameter.Layout.Plain()),
              (tape, x) -> x.relu(),
              new Linear(p, "scores", 16, 3, new Parameter.Layout.Plain()));
      var adam = new AdamW(scope, new Optimizer.Group(p.all(), 0.01, 0));
      var loss = 0.0;
      for (var step = 0; step < 150; step++) {
        try (var tape = Tape.on(backend)) {
          var scores = network.forward(tape, tape.of(Shape.of(150, 2), points));
          var error = tape.apply(new CrossEntropy(tape.ints(labels)), scores);
          adam.step(tape.backward(error), 0.03);
          loss = error.item();
        }
      }
      assertThat(loss).isBetween(0.0, 0.2); // at the start ln 3
    }
  }
}
