package facet.tensor.op;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// The sum of all elements, `y = Σ x`, a scalar `[1]`; `dx = dy` everywhere.
public record Sum() implements Op<Tensor> {
  @Override
  public Forward<Tensor> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var y = scope.allocate(Shape.scalar());
    scope.kernels().pointwise().sum(x.size(), 1, x.storage(), y.storage());
    return new Forward<>(y, x);
  }

  @Override
  public InputGradients backward(Scope scope, Tensor x, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.like(x);
          scope.kernels().pointwise().broadcast(x.size(), 1, dy.storage(), dx.storage());
          return dx;
        });
  }
}
