package facet.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import facet.tensor.reference.ReferenceBackend;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The ops as methods of a tensor.
class TensorTest {
  private final ReferenceBackend backend = new ReferenceBackend();
  private final Scope scope = Scope.on(backend);

  @AfterEach
  void nothingLeaks() {
    scope.close();
    assertThat(backend.pool().live()).isZero();
  }

  private Tensor variable(Shape shape, double... values) {
    var leaf = scope.variable(shape);
    leaf.set(values);
    return leaf;
  }

  @Test
  void aLayerALossAndItsGradient() {
    var w = variable(Shape.of(3, 2), 1, -1, 0, 1, 1, -1);
    var b = variable(Shape.of(2), 0.5, 0);
    Tensor dw;
    try (var tape = Tape.on(backend)) {
      var x = tape.of(Shape.of(2, 3), 1.0, 2, 3, 4, 5, 6);
      var loss = x.matMul(w).plus(b).relu().mean();
      var gradients = tape.backward(loss);
      dw = gradients.of(w);
      // x w + b = [4.5, -2; 10.5, -5]: the second column is cut off.
      assertThat(loss.item()).isEqualTo((4.5 + 10.5) / 4);
      assertThat(values(dw)).containsExactly(5.0 / 4, 0, 7.0 / 4, 0, 9.0 / 4, 0);
      assertThat(values(gradients.of(b))).containsExactly(0.5, 0);
    }
  }

  private static double[] values(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toDoubles();
  }

  private void check(UnaryOperator<Tensor> op, double expected, double derivative) {
    check((x, two) -> op.apply(x), expected, derivative);
  }

  /// At `x = 3`; the second operand is 2.
  private void check(BiFunction<Tensor, Tensor, Tensor> op, double expected, double derivative) {
    var leaf = variable(Shape.scalar(), 3);
    try (var tape = Tape.on(backend)) {
      var x = tape.zeros(Shape.scalar()).plus(leaf);
      var y = op.apply(x, tape.full(Shape.scalar(), 2));
      assertThat(y.item()).isCloseTo(expected, within(1e-12));
      assertThat(values(tape.backward(y).of(leaf))[0]).isCloseTo(derivative, within(1e-12));
    }
  }

  @Test
  void arithmetic() {
    check(Tensor::plus, 5, 1);
    check(Tensor::minus, 1, 1);
    check((x, two) -> two.minus(x), -1, -1);
    check(Tensor::times, 6, 2);
    check(Tensor::dividedBy, 1.5, 0.5);
    check((x, two) -> two.dividedBy(x), 2.0 / 3, -2.0 / 9);
    check(x -> x.plus(4), 7, 1);
    check(x -> x.times(4), 12, 4);
    check(x -> x.times(x), 9, 6);
    check(Tensor::exp, Math.exp(3), Math.exp(3));
    check(Tensor::log, Math.log(3), 1.0 / 3);
    check(Tensor::relu, 3, 1);
    check(x -> x.times(-1).relu(), 0, 0);
    check(x -> x.reshape(1, 1).rows(0, 1).sum(), 3, 1);
  }

  @Test
  void theTapeOfEitherOperandWillDo() {
    var leaf = variable(Shape.of(1), 3);
    try (var tape = Tape.on(backend)) {
      var y = leaf.times(tape.full(Shape.of(1), 2));
      assertThat(y.scope()).isSameAs(tape);
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> leaf.times(leaf))
        .withMessage("mul: the input [1] is not a tape's; call tape.apply(new Mul(...), ...)");
    assertThatIllegalStateException().isThrownBy(leaf::relu);
  }
}
