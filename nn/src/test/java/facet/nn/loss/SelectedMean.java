package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// The mean of the similarities `s [n]` that take part (as in [SoftHistogram]), 0 if none does:
///
///     y = Σₖ wₖ sₖ / Σₖ wₖ        dsₖ = dy · wₖ / Σ w
public record SelectedMean(boolean positiveOnly) implements Op<SelectedMean.Saved> {
  /// What backward remembers.
  public record Saved(Selection selection) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var s = in[0];
    require(s.shape().rank() == 1, this, "similarities must be [n], are %s", s.shape());
    var selection = Selection.of(scope, s, positiveOnly);
    var y = scope.allocate(Shape.scalar());
    scope.kernels().histogram().mean(selection.samples(), y.storage());
    return new Forward<>(y, new Saved(selection));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var ds = scope.allocate(t.selection.s().shape());
          scope
              .kernels()
              .histogram()
              .meanBackward(t.selection.samples(), 1, dy.storage(), ds.storage());
          return ds;
        });
  }
}
