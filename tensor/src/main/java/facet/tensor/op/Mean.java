package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// The mean of all `n` elements, `y = Σ x / n`, a scalar `[1]`; `dx = dy / n` everywhere.
public record Mean() implements Op<Tensor> {
  @Override
  public Forward<Tensor> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(x.size() > 0, this, "there is nothing to take the mean of: x %s", x.shape());
    var y = scope.allocate(Shape.scalar());
    scope.kernels().pointwise().sum(x.size(), 1.0 / x.size(), x.storage(), y.storage());
    return new Forward<>(y, x);
  }

  @Override
  public InputGradients backward(Scope scope, Tensor x, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.like(x);
          scope
              .kernels()
              .pointwise()
              .broadcast(x.size(), 1.0 / x.size(), dy.storage(), dx.storage());
          return dx;
        });
  }
}
