package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.RowKernels.UnitRows;

/// Scales every row of `x [n, d]` to length 1. With `r = max(|x|, eps)`:
///
///     y = x / r        dx = (dy − y (y · dy)) / r        (dy / eps where |x| ≤ eps)
public record Normalize(double eps) implements Op<Normalize.Saved> {
  /// What backward remembers.
  public record Saved(Tensor y, Tensor norm) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(x.shape().rank() == 2, this, "x must be [n, d], is %s", x.shape());
    var y = scope.allocate(x.shape());
    var norm = scope.allocate(x.shape().dim(0));
    scope.kernels().row().normalize(x.matrix(), eps, new UnitRows(y.storage(), norm.storage()));
    return new Forward<>(y, new Saved(y, norm));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.allocate(dy.shape());
          scope
              .kernels()
              .row()
              .normalizeBackward(
                  new UnitRows(t.y.storage(), t.norm.storage()), eps, dy.matrix(), dx.storage());
          return dx;
        });
  }
}
