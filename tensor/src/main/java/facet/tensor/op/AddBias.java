package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// Adds `bias [c]` along the last axis of `x [..., c]`:
///
///     y[r,c] = x[r,c] + bias[c]        dx = dy        dbias[c] = Σᵣ dy[r,c]
public record AddBias() implements Op<Shape> {
  @Override
  public Forward<Shape> forward(Scope scope, Tensor... in) {
    var x = in[0].shape();
    var bias = in[1].shape();
    require(
        bias.rank() == 1 && bias.last() == x.last(),
        this,
        "bias must be [%s] for x %s, is %s",
        x.last(),
        x,
        bias);
    var y = scope.like(in[0]);
    scope.kernels().pointwise().addBias(in[0].matrix(), in[1].storage(), y.storage());
    return new Forward<>(y, bias);
  }

  @Override
  public InputGradients backward(Scope scope, Shape bias, Tensor dy) {
    return InputGradients.lazy(
        () -> dy,
        () -> {
          var db = scope.allocate(bias);
          scope.kernels().pointwise().columnSum(dy.matrix(), db.storage());
          return db;
        });
  }
}
