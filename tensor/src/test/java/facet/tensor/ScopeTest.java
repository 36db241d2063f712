package facet.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.reference.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScopeTest {
  private final ReferenceBackend backend = new ReferenceBackend();
  private final Scope scope = Scope.on(backend);

  @AfterEach
  void nothingLeaks() {
    scope.close();
    assertThat(backend.pool().live()).isZero();
    assertThat(backend.intPool().live()).isZero();
  }

  @Test
  void tensorsHoldWhatIsWritten() {
    var doubles = scope.of(Shape.of(2, 2), 1.0, 2, 3, 4);
    var floats = scope.of(Shape.of(2), 0.5f, 0.1f);
    assertThat(doubles.toDoubles()).containsExactly(1, 2, 3, 4);
    assertThat(floats.toFloats()).containsExactly(0.5f, 0.1f);
    assertThat(scope.full(Shape.of(3), 7).toDoubles()).containsExactly(7, 7, 7);
    assertThat(scope.zeros(Shape.scalar()).item()).isZero();
    assertThat(scope.ints(3, 1, 2).toArray()).containsExactly(3, 1, 2);
    assertThat(scope.allocate(2, 0, 3).toDoubles()).isEmpty();
  }

  @Test
  void freshMemoryOfReferenceIsPoisoned() {
    assertThat(scope.allocate(2).toDoubles()).containsOnly(Double.NaN);
    var tensor = scope.full(Shape.of(2), 1);
    scope.release(tensor);
    assertThat(scope.allocate(2).toDoubles()).containsOnly(Double.NaN);
    assertThat(scope.allocateInts(2).toArray()).containsOnly(Integer.MIN_VALUE);
  }

  @Test
  void onlyVariablesRequireGradients() {
    assertThat(scope.variable(Shape.of(2)).requiresGrad()).isTrue();
    assertThat(scope.allocate(2).requiresGrad()).isFalse();
    assertThat(scope.variable(Shape.of(2)).view(Shape.of(1, 2)).requiresGrad()).isFalse();
  }

  @Test
  void viewsShareMemory() {
    var x = scope.of(Shape.of(2, 3), 0.0, 1, 2, 3, 4, 5);
    var flat = x.view(Shape.of(6));
    var row = x.view(3, Shape.of(3));
    assertThat(row.toDoubles()).containsExactly(3, 4, 5);
    row.set(9.0, 8, 7);
    assertThat(flat.toDoubles()).containsExactly(0, 1, 2, 9, 8, 7);
    assertThat(row.view(1, Shape.of(2)).toDoubles()).containsExactly(8, 7);
    assertThat(x.view(6, Shape.of(0, 3)).toDoubles()).isEmpty();
    assertThat(backend.pool().live()).isEqualTo(1);
  }

  @Test
  void viewsThatDoNotFitAreRefused() {
    var x = scope.zeros(Shape.of(2, 3));
    assertThatThrownBy(() -> x.view(Shape.of(5)))
        .isInstanceOf(ShapeException.class)
        .hasMessage("view: [2, 3] does not have the elements of [5]");
    assertThatThrownBy(() -> x.view(4, Shape.of(3)))
        .isInstanceOf(ShapeException.class)
        .hasMessage("view: [3] at element 4 does not fit into [2, 3]");
    assertThatThrownBy(() -> x.view(-1, Shape.of(3))).isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> x.view(Integer.MAX_VALUE, Shape.of(3)))
        .isInstanceOf(ShapeException.class);
  }

  @Test
  void nothingIsUsableAfterItsScopeCloses() {
    var x = scope.zeros(Shape.of(2));
    var view = x.view(Shape.of(1, 2));
    var ints = scope.ints(1, 2);
    var part = ints.slice(0, 1);
    scope.close();
    assertThatIllegalStateException()
        .isThrownBy(x::toDoubles)
        .withMessage("tensor [2] was used after its memory was given back");
    assertThatIllegalStateException().isThrownBy(view::toDoubles);
    assertThatIllegalStateException().isThrownBy(() -> view.view(Shape.of(2)));
    assertThatIllegalStateException().isThrownBy(ints::toArray);
    assertThatIllegalStateException().isThrownBy(part::toArray);
    assertThatIllegalStateException().isThrownBy(() -> scope.allocate(1));
    assertThatIllegalStateException().isThrownBy(() -> scope.allocateInts(1));
    scope.close(); // twice is as good as once
  }

  @Test
  void releasedTensorIsGoneWithItsViewsAndOnlyOnce() {
    var x = scope.zeros(Shape.of(4));
    var view = x.view(1, Shape.of(2));
    scope.release(view);
    assertThat(backend.pool().live()).isZero();
    assertThatIllegalStateException().isThrownBy(x::toDoubles);
    scope.release(x);
    assertThat(backend.pool().live()).isZero();
    var other = scope.zeros(Shape.of(4));
    assertThat(backend.pool().live()).isEqualTo(1);
    assertThat(other.toDoubles()).containsOnly(0);
  }

  @Test
  void wrongNumbersOfElementsAreRefused() {
    assertThatThrownBy(() -> scope.of(Shape.of(2), 1.0))
        .isInstanceOf(ShapeException.class)
        .hasMessage("tensor [2] has 2 elements, not 1");
    var x = scope.zeros(Shape.of(2));
    assertThatThrownBy(x::item).isInstanceOf(ShapeException.class);
  }

  @Test
  void shapesKnowTheirExtents() {
    var image = Shape.of(2, 3, 4, 5);
    assertThat(image.size()).isEqualTo(120);
    assertThat(image.rows()).isEqualTo(24);
    assertThat(image.last()).isEqualTo(5);
    assertThat(image.dim(-2)).isEqualTo(4);
    assertThat(image).isEqualTo(Shape.of(2, 3, 4, 5)).isNotEqualTo(Shape.of(2, 3, 20));
    assertThat(image).hasToString("[2, 3, 4, 5]");
    assertThatThrownBy(() -> Shape.of(2, -1))
        .isInstanceOf(ShapeException.class)
        .hasMessage("shape [2, -1] has a negative extent");
    assertThatThrownBy(() -> Shape.of(1 << 16, 1 << 15))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("split the batch");
  }
}
