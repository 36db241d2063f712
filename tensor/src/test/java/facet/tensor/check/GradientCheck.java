package facet.tensor.check;

import facet.tensor.Gradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.reference.ReferenceBackend;
import java.util.Collection;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// Compares an op's backward with finite differences of its forward, in float64 on the reference
/// backend, for every element of every input.
///
/// Differentiated is `L = sum(y * dy)` with a **random cotangent** `dy`. With `dy = 1` errors hide
/// where gradients sum to zero: a softmax backward wrong by a factor 2 would pass.
///
/// The differences are central with five points, `(8 (L(x+h) - L(x-h)) - (L(x+2h) - L(x-2h))) /
/// 12h`, `h = 1e-4`: the error falls with `h^4`. Allowed is `1e-6` of the input's largest
/// derivative, plus the rounding error of the differences.
public final class GradientCheck {
  private static final double STEP = 1e-4;
  private static final double TOLERANCE = 1e-6;
  private static final double ROUNDING = 1e-14 / STEP;

  private GradientCheck() {}

  /// One test for each smooth spec.
  public static Stream<DynamicTest> tests(Collection<OpSpec> specs) {
    return specs.stream()
        .filter(OpSpec::smooth)
        .map(spec -> DynamicTest.dynamicTest(spec.name(), () -> check(spec)));
  }

  /// @throws AssertionError naming op, input, index and both values
  public static void check(OpSpec spec) {
    var backend = new ReferenceBackend();
    try (var scope = Scope.on(backend)) {
      var op = spec.make(scope);
      var leaves = spec.leaves(scope);
      var cotangent = cotangent(op, leaves);
      var analytic = analytic(op, leaves, cotangent);
      for (var i = 0; i < leaves.length; i++) {
        if (leaves[i].requiresGrad()) {
          compare(spec, i, cotangent, analytic[i], numeric(op, leaves, i, cotangent));
          requireLazy(spec, op, leaves, i, cotangent, analytic[i]);
        }
      }
    }
    if (backend.pool().live() != 0 || backend.intPool().live() != 0) {
      throw new AssertionError(spec.name() + ": memory was not given back");
    }
  }

  /// Random numbers in the shape of the op's result, and the size of `L`'s terms.
  private record Cotangent(Shape shape, double[] values, double magnitude) {}

  private static Cotangent cotangent(Op<?> op, Tensor[] leaves) {
    try (var tape = Tape.inference(leaves[0].backend())) {
      var y = tape.apply(op, leaves);
      var values = y.toDoubles();
      var random = new Random(42);
      var dy = new double[values.length];
      var magnitude = 0.0;
      for (var i = 0; i < dy.length; i++) {
        dy[i] = random.nextGaussian();
        magnitude += Math.abs(dy[i] * values[i]);
      }
      return new Cotangent(y.shape(), dy, magnitude);
    }
  }

  private static double[][] analytic(Op<?> op, Tensor[] leaves, Cotangent cotangent) {
    try (var tape = Tape.on(leaves[0].backend())) {
      var gradients = gradients(tape, op, leaves, cotangent);
      var analytic = new double[leaves.length][];
      for (var i = 0; i < leaves.length; i++) {
        var gradient = gradients.of(leaves[i]);
        analytic[i] = gradient == null ? new double[0] : gradient.toDoubles();
      }
      return analytic;
    }
  }

  private static Gradients gradients(Tape tape, Op<?> op, Tensor[] leaves, Cotangent cotangent) {
    return tape.backward(tape.apply(op, leaves), tape.of(cotangent.shape(), cotangent.values()));
  }

  private static double[] numeric(Op<?> op, Tensor[] leaves, int input, Cotangent cotangent) {
    var leaf = leaves[input];
    var x = leaf.toDoubles();
    var numeric = new double[x.length];
    for (var i = 0; i < x.length; i++) {
      var centre = x[i];
      var difference = 0.0;
      for (var steps = 1; steps <= 2; steps++) {
        x[i] = centre + steps * STEP;
        leaf.set(x);
        var up = value(op, leaves, cotangent);
        x[i] = centre - steps * STEP;
        leaf.set(x);
        var down = value(op, leaves, cotangent);
        difference += (steps == 1 ? 8 : -1) * (up - down);
      }
      x[i] = centre;
      leaf.set(x);
      numeric[i] = difference / (12 * STEP);
    }
    return numeric;
  }

  private static double value(Op<?> op, Tensor[] leaves, Cotangent cotangent) {
    try (var tape = Tape.inference(leaves[0].backend())) {
      var y = tape.apply(op, leaves).toDoubles();
      var sum = 0.0;
      for (var i = 0; i < y.length; i++) {
        sum += y[i] * cotangent.values()[i];
      }
      return sum;
    }
  }

  private static void compare(
      OpSpec spec, int input, Cotangent cotangent, double[] analytic, double[] numeric) {
    var allowed = TOLERANCE * Closeness.largest(numeric) + ROUNDING * (1 + cotangent.magnitude());
    for (var i = 0; i < numeric.length; i++) {
      if (!(Math.abs(analytic[i] - numeric[i]) <= allowed)) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "%s: gradient of input %d %s at %d: backward gives %s, finite differences %s",
                spec.name(),
                input,
                spec.inputs().get(input).shape(),
                i,
                analytic[i],
                numeric[i]));
      }
    }
  }

  /// The gradient of one input must not depend on whether the others' are computed.
  private static void requireLazy(
      OpSpec spec, Op<?> op, Tensor[] leaves, int input, Cotangent cotangent, double[] expected) {
    try (var tape = Tape.on(leaves[0].backend())) {
      var frozen = new Tensor[leaves.length];
      for (var i = 0; i < leaves.length; i++) {
        frozen[i] = i == input ? leaves[i] : leaves[i].view(leaves[i].shape());
      }
      var alone = gradients(tape, op, frozen, cotangent).of(leaves[input]);
      Closeness.requireIdentical(
          spec.name() + ": gradient of input " + input + " computed alone",
          alone == null ? new double[0] : alone.toDoubles(),
          expected);
    }
  }
}
