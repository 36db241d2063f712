package facet.tensor.check;

import facet.tensor.Backend;
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
    var liveBefore = backend.pool().live();
    var intsBefore = backend.intPool().live();
    try (var scope = Scope.on(backend)) {
      var op = spec.make(scope);
      var leaves = spec.leaves(scope);
      step(op, leaves);
      var allocations = backend.pool().allocations() + backend.intPool().allocations();
      var live = backend.pool().live() + backend.intPool().live();
      var outcome = step(op, leaves);
      require(
          backend.pool().live() + backend.intPool().live() == live,
          spec.name() + ": a step does not give all its memory back");
      require(
          backend.pool().allocations() + backend.intPool().allocations() == allocations,
          spec.name() + ": the second of two equal steps allocates");
      compare(spec, outcome);
      for (var i = 0; i < leaves.length; i++) {
        Closeness.requireIdentical(
            spec.name() + ": input " + i + " was changed", leaves[i].toDoubles(), spec.values(i));
      }
    }
    require(
        backend.pool().live() == liveBefore && backend.intPool().live() == intsBefore,
        spec.name() + ": closing the scope does not give all memory back");
  }

  private void compare(OpSpec spec, Outcome actual) {
    try (var reference = new ReferenceBackend();
        var scope = Scope.on(reference)) {
      var op = spec.make(scope);
      var leaves = spec.leaves(scope);
      step(op, leaves); // as often as the backend: running statistics
      var expected = step(op, leaves);
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

  private static Outcome step(Op<?> op, Tensor[] leaves) {
    try (var tape = Tape.on(leaves[0].backend())) {
      var y = tape.apply(op, leaves);
      var gradients = new double[leaves.length][];
      var cotangent = Data.normal(y.size(), 1, COTANGENT_SEED);
      var all = tape.backward(y, tape.of(y.shape(), cotangent));
      for (var i = 0; i < leaves.length; i++) {
        var gradient = all.of(leaves[i]);
        gradients[i] = gradient == null ? new double[0] : gradient.toDoubles();
      }
      return new Outcome(y.shape(), y.toDoubles(), gradients);
    }
  }

  void check(OpError error) {
    var live = backend.pool().live();
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
    require(backend.pool().live() == live, "memory was not given back after the error");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
