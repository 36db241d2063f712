package facet.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.op.Add;
import facet.tensor.op.Scale;
import facet.tensor.reference.ReferenceBackend;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;

/// What tests of the tape share: a backend that must be left empty, a variable, short names of ops.
abstract class TapeFixture {
  final ReferenceBackend backend = new ReferenceBackend();
  final Scope scope = Scope.on(backend);
  final Tensor u = variable(1, 2, 3);

  @AfterEach
  void nothingLeaks() {
    scope.close();
    assertThat(backend.pool().live()).isZero();
  }

  final Tensor variable(double... values) {
    var leaf = scope.variable(Shape.of(values.length));
    leaf.set(values);
    return leaf;
  }

  static Tensor scale(Tape tape, double factor, Tensor x) {
    return tape.apply(new Scale(factor), x);
  }

  static Tensor add(Tape tape, Tensor a, Tensor b) {
    return tape.apply(new Add(), a, b);
  }

  static double[] gradient(Gradients gradients, Tensor leaf) {
    return Objects.requireNonNull(gradients.of(leaf)).toDoubles();
  }

  static Tensor dy(Tape tape) {
    return tape.of(Shape.of(3), 1.0, 10, 100);
  }
}
