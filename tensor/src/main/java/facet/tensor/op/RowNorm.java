package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.RowKernels.UnitRows;

/// The length of every row of `x [n, d]`, at least `eps`:
///
///     y[i] = max(|xᵢ|, eps)        dxᵢ = dy[i] xᵢ / y[i]
///
/// Not smooth at `|xᵢ| = eps`, below which the gradient falls to 0 linearly.
public record RowNorm(double eps) implements Op<RowNorm.Saved> {
  /// What backward remembers: the rows divided by their lengths.
  public record Saved(Tensor unit) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(x.shape().rank() == 2, this, "x must be [n, d], is %s", x.shape());
    var n = x.shape().dim(0);
    var y = scope.allocate(n);
    var unit = scope.allocate(x.shape());
    scope.kernels().row().normalize(x.matrix(), eps, new UnitRows(unit.storage(), y.storage()));
    return new Forward<>(y, new Saved(unit));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.allocate(t.unit.shape());
          scope.kernels().row().dotBackward(dy.storage(), t.unit.matrix(), dx.storage());
          return dx;
        });
  }
}
