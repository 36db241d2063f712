package facet.tensor.op;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// The rectifier, `y = max(x, 0)`; `dx = dy where x > 0, else 0`. Also the hinge of a loss. Not
/// smooth at `x = 0`, where the gradient is 0.
public record Relu() implements Op<Relu.Saved> {
  /// What backward remembers.
  public record Saved(Tensor x) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var y = scope.like(x);
    scope.kernels().pointwise().relu(x.size(), x.storage(), y.storage());
    return new Forward<>(y, new Saved(x));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.inPlaceOf(dy);
          scope
              .kernels()
              .pointwise()
              .reluBackward(dy.size(), t.x.storage(), dy.storage(), dx.storage());
          return dx;
        });
  }
}
