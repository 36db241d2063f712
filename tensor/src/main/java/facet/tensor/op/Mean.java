package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.Grads;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// The mean of all `n` elements, `y = Σ x / n`, a scalar `[1]`; `dx = dy / n` everywhere.
public record Mean() implements Op<Shape> {
  @Override
  public Forward<Shape> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(x.size() > 0, this, "there is nothing to take the mean of: x %s", x.shape());
    var y = scope.allocate(Shape.scalar());
    scope.kernels().pointwise().sum(x.size(), 1.0 / x.size(), x.storage(), y.storage());
    return new Forward<>(y, x.shape());
  }

  @Override
  public Grads backward(Scope scope, Shape x, Tensor dy) {
    return Grads.lazy(
        () -> {
          var dx = scope.allocate(x);
          scope
              .kernels()
              .pointwise()
              .broadcast(x.size(), 1.0 / x.size(), dy.storage(), dx.storage());
          return dx;
        });
  }
}
