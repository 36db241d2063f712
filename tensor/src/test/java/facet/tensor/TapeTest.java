package facet.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.op.Mean;
import facet.tensor.op.Reshape;
import facet.tensor.op.RowDot;
import facet.tensor.op.SliceRows;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Gradients add up, whatever the graph.
class TapeTest extends TapeFixture {
  private final Tensor v = variable(-4, 5, 6);

  @Test
  void gradientsOfSumShareMemoryUntilOneIsAccumulated() {
    try (var tape = Tape.on(backend)) {
      // Both inputs of the inner sum get dy itself; then u gets more, v must not.
      var y = add(tape, add(tape, u, v), scale(tape, 2, u));
      var dy = dy(tape);
      var gradients = tape.backward(y, dy);
      assertThat(gradient(gradients, u)).containsExactly(3, 30, 300);
      assertThat(gradient(gradients, v)).containsExactly(1, 10, 100);
      assertThat(dy.toDoubles()).containsExactly(1, 10, 100);
    }
  }

  @Test
  void sameLeafTwiceInOneOp() {
    try (var tape = Tape.on(backend)) {
      var gradients = tape.backward(add(tape, u, u), dy(tape));
      assertThat(gradient(gradients, u)).containsExactly(2, 20, 200);
      assertThat(gradients.of(v)).isNull();
    }
  }

  @Test
  void sameIntermediateTwiceInOneOp() {
    try (var tape = Tape.on(backend)) {
      var a = scale(tape, 3, u);
      var gradients = tape.backward(add(tape, a, a), dy(tape));
      assertThat(gradient(gradients, u)).containsExactly(6, 60, 600);
    }
  }

  @Test
  void productWithItself() {
    try (var tape = Tape.on(backend)) {
      var row = tape.apply(new Reshape(Shape.of(1, 3)), u);
      var gradients = tape.backward(tape.apply(new RowDot(), row, row));
      assertThat(gradient(gradients, u)).containsExactly(2, 4, 6);
    }
  }

  @Test
  void diamond() {
    try (var tape = Tape.on(backend)) {
      var a = scale(tape, 2, u);
      var left = scale(tape, 3, a);
      var right = add(tape, a, v);
      var y = add(tape, left, add(tape, right, a));
      var gradients = tape.backward(y, dy(tape));
      assertThat(gradient(gradients, u)).containsExactly(10, 100, 1000); // 2 (3 + 1 + 1)
      assertThat(gradient(gradients, v)).containsExactly(1, 10, 100);
    }
  }

  @Test
  void manyConsumersOfOneTensor() {
    try (var tape = Tape.on(backend)) {
      var a = scale(tape, 1, u);
      var y = scale(tape, 1, a);
      for (var i = 2; i <= 20; i++) {
        y = add(tape, y, scale(tape, i, a));
      }
      assertThat(gradient(tape.backward(y, dy(tape)), u)).containsExactly(210, 2100, 21000);
    }
  }

  @Test
  void longChainNeedsNoStack() {
    try (var tape = Tape.on(backend)) {
      var y = u;
      for (var i = 0; i < 20_000; i++) {
        y = scale(tape, i % 2 == 0 ? 2 : 0.5, y);
      }
      assertThat(gradient(tape.backward(y, dy(tape)), u)).containsExactly(1, 10, 100);
    }
  }

  @Test
  void slicesOfOneTensorAddUp() {
    try (var tape = Tape.on(backend)) {
      var all = add(tape, u, v);
      var y =
          add(
              tape,
              tape.apply(new SliceRows(0, 2), all),
              scale(tape, 5, tape.apply(new SliceRows(1, 3), all)));
      var gradients = tape.backward(y, tape.of(Shape.of(2), 1.0, 10));
      assertThat(gradient(gradients, u)).containsExactly(1, 15, 50);
      assertThat(gradient(gradients, v)).containsExactly(1, 15, 50);
    }
  }

  @Test
  void slicesOfALeafAddUp() {
    try (var tape = Tape.on(backend)) {
      var y =
          add(
              tape,
              tape.apply(new SliceRows(0, 2), u),
              scale(tape, 5, tape.apply(new SliceRows(1, 3), u)));
      var gradients = tape.backward(y, tape.of(Shape.of(2), 1.0, 10));
      assertThat(gradient(gradients, u)).containsExactly(1, 15, 50);
    }
  }

  @Test
  void aSliceAddsToAGradientThatAnotherSlotHolds() {
    try (var tape = Tape.on(backend)) {
      var a = scale(tape, 1, u);
      var b = scale(tape, 1, v);
      var part = tape.apply(new SliceRows(0, 3), a); // before `whole`: its gradient comes later
      var whole = add(tape, a, b); // a and b have the same gradient
      var gradients = tape.backward(add(tape, whole, scale(tape, 2, part)), dy(tape));
      assertThat(gradient(gradients, u)).containsExactly(3, 30, 300);
      assertThat(gradient(gradients, v)).containsExactly(1, 10, 100);
    }
  }

  @Test
  void viewsOfGradientsAccumulate() {
    try (var tape = Tape.on(backend)) {
      var a = tape.apply(new Reshape(Shape.of(3, 1)), u);
      var b = tape.apply(new Reshape(Shape.of(3, 1)), u);
      var gradients =
          tape.backward(add(tape, a, add(tape, b, b)), tape.of(Shape.of(3, 1), 1.0, 10, 100));
      assertThat(gradient(gradients, u)).containsExactly(3, 30, 300);
    }
  }

  @Test
  void reshapedLeafIsAnIntermediateOfTheTape() {
    try (var tape = Tape.on(backend)) {
      var row = tape.apply(new Reshape(Shape.of(1, 3)), u);
      assertThat(row.scope()).isSameAs(tape);
      var gradients = tape.backward(row, tape.of(Shape.of(1, 3), 1.0, 2, 3));
      assertThat(gradient(gradients, u)).containsExactly(1, 2, 3);
    }
    assertThat(u.toDoubles()).containsExactly(1, 2, 3);
  }

  @Test
  void backwardRunsAgainWithTheSameResult() {
    try (var tape = Tape.on(backend)) {
      var y = tape.apply(new Mean(), add(tape, scale(tape, 3, u), v));
      var first = tape.backward(y);
      var second = tape.backward(y);
      assertThat(gradient(first, u)).containsExactly(1, 1, 1);
      assertThat(gradient(second, u)).containsExactly(1, 1, 1);
      assertThat(first.of(v)).isNotSameAs(second.of(v));
    }
  }

  @Test
  void laterOpsDoNotCount() {
    try (var tape = Tape.on(backend)) {
      var y = scale(tape, 2, u);
      scale(tape, 5, y);
      assertThat(gradient(tape.backward(y, dy(tape)), u)).containsExactly(2, 20, 200);
    }
  }

  @Test
  void unneededGradientsAreNotComputed() {
    var fixed = scope.of(Shape.of(3), 1.0, 1, 1);
    var computed = new ArrayList<Integer>();
    record Watched(List<Integer> computed) implements Op<@Nullable Void> {
      @Override
      public Forward<@Nullable Void> forward(Scope scope, Tensor... in) {
        return new Forward<>(scope.zeros(in[0].shape()), null);
      }

      @Override
      public InputGradients backward(Scope scope, @Nullable Void saved, Tensor dy) {
        return InputGradients.lazy(() -> count(0, dy), () -> count(1, dy));
      }

      private Tensor count(int input, Tensor dy) {
        computed.add(input);
        return dy;
      }
    }
    try (var tape = Tape.on(backend)) {
      tape.backward(tape.apply(new Watched(computed), fixed, u), dy(tape));
      assertThat(computed).containsExactly(1);
    }
  }

  @Test
  void intermediateGradientsAreGivenBackEarly() {
    try (var tape = Tape.on(backend)) {
      var y = u;
      for (var i = 0; i < 50; i++) {
        y = scale(tape, 1, y);
      }
      var dy = dy(tape);
      var before = backend.pool().live();
      tape.backward(y, dy);
      assertThat(backend.pool().live()).isEqualTo(before + 1); // the leaf's gradient alone
    }
  }

  @Test
  void gradientsArriveOnceEachAndComplete() {
    try (var tape = Tape.on(backend)) {
      var w = scale(tape, 2, v); // v is used first here, u last
      var y = add(tape, add(tape, w, u), add(tape, v, u));
      var arrived = new ArrayList<Tensor>();
      var values = new ArrayList<double[]>();
      var gradients =
          tape.lastBackward(
              y,
              dy(tape),
              (leaf, gradient) -> {
                arrived.add(leaf);
                values.add(gradient.toDoubles());
              });
      assertThat(arrived).containsExactly(u, v);
      assertThat(values.getFirst()).containsExactly(2, 20, 200);
      assertThat(values.getLast()).containsExactly(3, 30, 300);
      assertThat(gradient(gradients, u)).containsExactly(2, 20, 200);
      assertThat(gradient(gradients, v)).containsExactly(3, 30, 300);
    }
  }
}
