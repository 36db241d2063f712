package facet.tensor.check;

import facet.tensor.Backend;
import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.ShapeException;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.reference.ReferenceBackend;

/// Runs one op forward and backward on a backend and on the oracle.
final class OpContract {
  /// Not a seed of the inputs: normalisation has no gradient along its input.
  private static final long COTANGENT_SEED = 42;

  private final Backend backend;
  private final double tolerance;

  OpContract(Backend backend, double tolerance) {
    this.backend = backend;
    this.tolerance = tolerance;
  }

  /// The op's result and the gradients of its inputs; empty for an input without one.
  private record Outcome(Shape shape, double[] y, double[][] gradients) {}

  void check(OpSpec spec) {
    var liveBefore = live();
    try (var scope = Scope.on(backend)) {
      var op = spec.make(scope);
      var values = values(spec);
      var leaves = leaves(spec, scope, values);
      step(spec, op, leaves);
      var allocations = allocations();
      var live = live();
      var outcome = step(spec, op, leaves);
      require(live() == live, spec.name() + ": a step does not give all its memory back");
      require(
          allocations() == allocations, spec.name() + ": the second of two equal steps allocates");
      compare(spec, values, outcome);
      for (var i = 0; i < leaves.length; i++) {
        Closeness.requireIdentical(
            spec.name() + ": input " + i + " was changed", leaves[i].toDoubles(), values[i]);
      }
    }
    require(
        live() == liveBefore, spec.name() + ": closing the scope does not give all memory back");
  }

  private long live() {
    return (long) backend.pool().live() + backend.activations().live() + backend.intPool().live();
  }

  private long allocations() {
    return backend.pool().allocations()
        + backend.activations().allocations()
        + backend.intPool().allocations();
  }

  /// The inputs, activations as the backend can hold them.
  private double[][] values(OpSpec spec) {
    var values = new double[spec.inputs().size()][];
    for (var i = 0; i < values.length; i++) {
      values[i] = spec.values(i);
      if (spec.isActivation(i)) {
        values[i] = KernelContract.representable(backend, values[i]);
      }
    }
    return values;
  }

  private static Tensor[] leaves(OpSpec spec, Scope scope, double[][] values) {
    var leaves = spec.leaves(scope);
    for (var i = 0; i < leaves.length; i++) {
      leaves[i].set(values[i]);
    }
    return leaves;
  }

  private void compare(OpSpec spec, double[][] values, Outcome actual) {
    try (var reference = new ReferenceBackend();
        var scope = Scope.on(reference)) {
      var op = spec.make(scope);
      var leaves = leaves(spec, scope, values);
      step(spec, op, leaves); // as often as the backend: running statistics
      var expected = step(spec, op, leaves);
      require(
          actual.shape().equals(expected.shape()),
          spec.name() + ": y is " + actual.shape() + ", expected " + expected.shape());
      compare(spec, "y", actual.y(), expected.y());
      for (var i = 0; i < leaves.length; i++) {
        compare(spec, "gradient of input " + i, actual.gradients()[i], expected.gradients()[i]);
      }
    }
  }

  private void compare(OpSpec spec, String what, double[] actual, double[] expected) {
    Closeness.require(
        spec.name() + ": " + what,
        actual,
        expected,
        tolerance * spec.tolerance(),
        Math.max(spec.magnitude(), Closeness.largest(expected)));
  }

  private Outcome step(OpSpec spec, Op<?> op, Tensor[] leaves) {
    try (var tape = Tape.on(leaves[0].backend())) {
      var inputs = leaves.clone();
      for (var i = 0; i < inputs.length; i++) {
        if (spec.isActivation(i)) {
          inputs[i] = tape.apply(new ToActivation(), leaves[i]);
        }
      }
      var y = tape.apply(op, inputs);
      var gradients = new double[leaves.length][];
      var cotangent =
          KernelContract.representable(backend, Data.normal(y.size(), 1, COTANGENT_SEED));
      var all = tape.backward(y, tape.of(y.shape(), cotangent));
      for (var i = 0; i < leaves.length; i++) {
        var gradient = all.of(leaves[i]);
        gradients[i] = gradient == null ? new double[0] : gradient.toDoubles();
      }
      return new Outcome(y.shape(), y.toDoubles(), gradients);
    }
  }

  /// Makes an activation of an image that the test has written, as a layer before would.
  private record ToActivation() implements Op<Tensor> {
    @Override
    public Forward<Tensor> forward(Scope scope, Tensor... in) {
      var y = scope.activation(in[0].shape().toArray());
      copy(in[0], y);
      return new Forward<>(y, in[0]);
    }

    @Override
    public InputGradients backward(Scope scope, Tensor x, Tensor dy) {
      return InputGradients.lazy(
          () -> {
            var dx = scope.like(x);
            copy(dy, dx);
            return dx;
          });
    }

    private static void copy(Tensor from, Tensor to) {
      from.backend().kernels().pointwise().copy(from.size(), from.storage(), to.storage());
    }
  }

  void check(OpError error) {
    var live = live();
    try (var tape = Tape.on(backend)) {
      var inputs =
          error.inputs().stream()
              .map(shape -> tape.of(shape, Data.normal(shape.size(), 1, 1)))
              .toArray(Tensor[]::new);
      var op = error.op().apply(tape);
      tape.apply(op, inputs);
      throw new AssertionError("accepted, expected the error: " + error.message());
    } catch (ShapeException e) {
      require(
          error.message().equals(e.getMessage()),
          "the message is '" + e.getMessage() + "', expected '" + error.message() + "'");
    }
    require(live() == live, "memory was not given back after the error");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
