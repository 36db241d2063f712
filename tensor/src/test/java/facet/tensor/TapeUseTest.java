package facet.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.op.Reshape;
import facet.tensor.reference.ReferenceBackend;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a tape refuses, what it keeps, and when it records nothing.
class TapeUseTest extends TapeFixture {
  private final Tensor v = variable(-4, 5, 6);

  @Test
  void nothingIsRecordedWithoutVariables() {
    var fixed = scope.of(Shape.of(1), 2.0);
    try (var tape = Tape.on(backend)) {
      var y = scale(tape, 3, fixed);
      assertThat(y.requiresGrad()).isFalse();
      assertThatIllegalStateException()
          .isThrownBy(() -> tape.backward(y))
          .withMessage("backward: [1] does not depend on anything that requires a gradient");
      assertThatIllegalStateException().isThrownBy(() -> tape.backward(u, dy(tape)));
    }
  }

  @Test
  void lossMustBeScalarAndCotangentMustFit() {
    try (var tape = Tape.on(backend)) {
      var y = scale(tape, 2, u);
      assertThatThrownBy(() -> tape.backward(y))
          .isInstanceOf(ShapeException.class)
          .hasMessage("backward: the loss is [3], not a scalar [1]");
      assertThatThrownBy(() -> tape.backward(y, tape.zeros(Shape.of(1, 3))))
          .isInstanceOf(ShapeException.class)
          .hasMessage("backward: the gradient of [3] is given as [1, 3]");
    }
  }

  @Test
  void foreignTensorsAreRefused() {
    var elsewhere = new ReferenceBackend();
    try (var foreign = Scope.on(elsewhere);
        var tape = Tape.on(backend);
        var other = Tape.on(backend)) {
      var x = foreign.zeros(Shape.of(3));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> add(tape, u, x))
          .withMessage("add: an input [3] is on reference, the tape on reference");
      var y = scale(other, 2, u);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> add(tape, u, y))
          .withMessage("add: an input [3] was computed on another tape");
      assertThatIllegalStateException().isThrownBy(() -> tape.backward(y, dy(tape)));
    }
  }

  @Test
  void closedTapeGivesItsTensorsBack() {
    Tensor y;
    try (var tape = Tape.on(backend)) {
      y = add(tape, u, v);
      assertThat(y.toDoubles()).containsExactly(-3, 7, 9);
    }
    assertThatIllegalStateException().isThrownBy(y::toDoubles);
    assertThat(backend.pool().live()).isEqualTo(2);
  }

  @Test
  void wrongGradientsAreNamed() {
    record Wrong(Shape shape, int count) implements Op<@Nullable Void> {
      @Override
      public Forward<@Nullable Void> forward(Scope scope, Tensor... in) {
        return new Forward<>(scope.zeros(in[0].shape()), null);
      }

      @Override
      public InputGradients backward(Scope scope, @Nullable Void saved, Tensor dy) {
        var gradients = new Tensor[count];
        Arrays.setAll(gradients, i -> scope.zeros(shape));
        return InputGradients.of(gradients);
      }
    }
    try (var tape = Tape.on(backend)) {
      var shape = tape.apply(new Wrong(Shape.of(1, 3), 1), u);
      assertThatIllegalStateException()
          .isThrownBy(() -> tape.backward(shape, dy(tape)))
          .withMessage("wrong: backward returns [1, 3] for input 0 of shape [3]");
      var count = tape.apply(new Wrong(Shape.of(3), 2), u);
      assertThatIllegalStateException()
          .isThrownBy(() -> tape.backward(count, dy(tape)))
          .withMessage("wrong: backward returns 2 gradients for 1 inputs");
    }
  }

  @Test
  void inferenceRecordsNothingAndTidyKeepsOnlyTheResult() {
    try (var tape = Tape.inference(backend)) {
      assertThat(tape.training()).isFalse();
      var x = scale(tape, 2, u);
      assertThat(x.requiresGrad()).isFalse();
      var live = backend.pool().live();
      var y = tape.tidy(() -> scale(tape, 3, scale(tape, 5, scale(tape, 1, x))));
      assertThat(backend.pool().live()).isEqualTo(live + 1);
      assertThat(y.toDoubles()).containsExactly(30, 60, 90);
      assertThat(x.toDoubles()).containsExactly(2, 4, 6);
    }
  }

  @Test
  void tidyKeepsTheMemoryOfViews() {
    try (var tape = Tape.inference(backend)) {
      var inner =
          tape.tidy(
              () -> tape.apply(new Reshape(Shape.of(3, 1)), scale(tape, 3, scale(tape, 5, u))));
      assertThat(inner.toDoubles()).containsExactly(15, 30, 45);
      var x = scale(tape, 2, u);
      var outer =
          tape.tidy(
              () -> {
                scale(tape, 9, x);
                return tape.apply(new Reshape(Shape.of(1, 3)), x);
              });
      var nested = tape.tidy(() -> tape.tidy(() -> scale(tape, 7, scale(tape, 1, outer))));
      assertThat(outer.toDoubles()).containsExactly(2, 4, 6);
      assertThat(nested.toDoubles()).containsExactly(14, 28, 42);
      assertThat(tape.tidy(() -> u)).isSameAs(u);
    }
    assertThat(u.toDoubles()).containsExactly(1, 2, 3);
  }

  @Test
  void tidyOnTrainingTapeKeepsEverything() {
    try (var tape = Tape.on(backend)) {
      var y = tape.tidy(() -> scale(tape, 3, scale(tape, 5, u)));
      assertThat(gradient(tape.backward(y, dy(tape)), u)).containsExactly(15, 150, 1500);
    }
  }

  @Test
  void seedsArePureFunctionsOfTheStep() {
    try (var a = Tape.training(backend, 7);
        var b = Tape.training(backend, 7);
        var c = Tape.training(backend, 8)) {
      var first = a.nextSeed();
      assertThat(first).isEqualTo(b.nextSeed()).isNotEqualTo(c.nextSeed());
      assertThat(a.nextSeed()).isNotEqualTo(first).isEqualTo(b.nextSeed());
    }
  }

  @Test
  void firstNonFiniteResultIsNamed() {
    try (var tape = Tape.on(backend)) {
      var y = scale(tape, 2, u);
      assertThat(tape.firstNonFinite()).isNull();
      scale(tape, Double.POSITIVE_INFINITY, y);
      assertThat(tape.firstNonFinite()).isEqualTo("op 2, scale [3]");
    }
  }
}
