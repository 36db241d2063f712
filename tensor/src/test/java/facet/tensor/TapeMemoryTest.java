package facet.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import facet.tensor.check.Data;
import facet.tensor.op.Add;
import facet.tensor.op.AddBias;
import facet.tensor.op.MatMul;
import facet.tensor.op.Mean;
import facet.tensor.op.Reshape;
import facet.tensor.op.RowDot;
import facet.tensor.op.Scale;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// When a tape gives memory back, and when it lets a gradient take another's place.
class TapeMemoryTest extends TapeFixture {
  /// `y = 2 x`, whose gradient takes the place of dy where it may; it notes whether it did.
  private record Twice(List<Boolean> inPlace) implements Op<@Nullable Void> {
    @Override
    public Forward<@Nullable Void> forward(Scope scope, Tensor... in) {
      var y = scope.allocate(in[0].shape());
      scope.kernels().pointwise().add(y.size(), in[0].storage(), in[0].storage(), y.storage());
      return new Forward<>(y, null);
    }

    @Override
    public InputGradients backward(Scope scope, @Nullable Void saved, Tensor dy) {
      var dx = scope.inPlaceOf(dy);
      inPlace.add(dx == dy);
      scope.kernels().pointwise().add(dy.size(), dy.storage(), dy.storage(), dx.storage());
      return InputGradients.of(dx);
    }
  }

  @Test
  void aGradientTakesThePlaceOfOneThatNobodyElseNeeds() {
    try (var tape = Tape.on(backend)) {
      var inPlace = new ArrayList<Boolean>();
      var twice = new Twice(inPlace);
      var y = tape.apply(twice, tape.apply(twice, u));
      var dy = tape.of(Shape.of(3), 1.0, 10, 100);
      assertThat(gradient(tape.backward(y, dy), u)).containsExactly(4, 40, 400);
      // The first dy is the caller's.
      assertThat(inPlace).containsExactly(false, true);
      assertThat(dy.toDoubles()).containsExactly(1, 10, 100);
    }
  }

  @Test
  void aGradientThatTwoInputsShareIsNotOverwritten() {
    try (var tape = Tape.on(backend)) {
      var inPlace = new ArrayList<Boolean>();
      var x = tape.apply(new Scale(1), u);
      var sum = tape.apply(new Add(), x, tape.apply(new Twice(inPlace), x));
      var y = tape.apply(new Scale(5), sum);
      var dy = tape.of(Shape.of(3), 1.0, 10, 100);
      assertThat(gradient(tape.backward(y, dy), u)).containsExactly(15, 150, 1500);
      assertThat(inPlace).containsExactly(false);
    }
  }

  @Test
  void lastBackwardGivesTheSameAndAllResultsBackButTheLoss() {
    try (var tape = Tape.on(backend)) {
      var row = tape.apply(new Reshape(Shape.of(1, 3)), tape.apply(new Scale(3), u));
      var square = tape.apply(new RowDot(), row, row);
      // A view that backward reaches before the square, which reads the memory of both.
      var again = tape.apply(new Reshape(Shape.of(1, 3)), row);
      var sum = tape.apply(new Add(), square, tape.apply(new RowDot(), again, again));
      var loss = tape.apply(new Mean(), sum);
      var expected = gradient(tape.backward(loss), u);
      var live = backend.pool().live();
      var gradients = tape.lastBackward(loss);
      assertThat(gradient(gradients, u)).containsExactly(expected).containsExactly(36, 72, 108);
      // Four results less, two tensors more: the gradients of the loss and of the leaf.
      assertThat(backend.pool().live()).isEqualTo(live - 2);
      assertThat(loss.item()).isEqualTo(252);
      assertThatIllegalStateException()
          .isThrownBy(row::toDoubles)
          .withMessage("tensor [1, 3] was used after its memory was given back");
      assertThatIllegalStateException().isThrownBy(() -> tape.lastBackward(loss));
    }
  }

  @Test
  void secondStepAllocatesNothing() {
    var w = scope.variable(Shape.of(4, 3));
    w.set(Data.normal(12, 1, 1));
    var bias = variable(1, 2, 3, 4);
    step(w, bias);
    var allocations = backend.pool().allocations();
    step(w, bias);
    assertThat(backend.pool().allocations()).isEqualTo(allocations);
  }

  private void step(Tensor w, Tensor bias) {
    try (var tape = Tape.training(backend, 7)) {
      var x = tape.of(Shape.of(2, 3), Data.normal(6, 1, 2));
      var y = tape.apply(new AddBias(), tape.apply(new MatMul(false, true), x, w), bias);
      tape.backward(tape.apply(new Mean(), y));
    }
  }
}
