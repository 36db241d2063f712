package facet.tensor.op;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// The logistic function, element by element:
///
///     y = 1 / (1 + e⁻ˣ)        dx = dy · y · (1 − y)
public record Sigmoid() implements Op<Sigmoid.Saved> {
  /// What backward remembers.
  public record Saved(Tensor y) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var y = scope.like(x);
    scope.kernels().pointwise().sigmoid(x.size(), x.storage(), y.storage());
    return new Forward<>(y, new Saved(y));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.inPlaceOf(dy);
          scope
              .kernels()
              .pointwise()
              .sigmoidBackward(dy.size(), t.y.storage(), dy.storage(), dx.storage());
          return dx;
        });
  }
}
