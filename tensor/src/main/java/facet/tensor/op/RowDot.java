package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// The inner products of the rows of `a [n, d]` with those of `b [n, d]`; of normalised rows, the
/// cosines of pairs:
///
///     y[i] = aᵢ · bᵢ        daᵢ = dy[i] bᵢ        dbᵢ = dy[i] aᵢ
public record RowDot() implements Op<RowDot.Saved> {
  /// What backward remembers.
  public record Saved(Tensor a, Tensor b) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var a = in[0];
    var b = in[1];
    require(
        a.shape().rank() == 2 && a.shape().equals(b.shape()),
        this,
        "a and b must be matrices of one shape: a %s, b %s",
        a.shape(),
        b.shape());
    var y = scope.allocate(a.shape().dim(0));
    scope.kernels().row().dot(a.matrix(), b.matrix(), y.storage());
    return new Forward<>(y, new Saved(a, b));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(() -> factor(scope, dy, t.b), () -> factor(scope, dy, t.a));
  }

  private static Tensor factor(Scope scope, Tensor dy, Tensor other) {
    var dx = scope.allocate(other.shape());
    scope.kernels().row().dotBackward(dy.storage(), other.matrix(), dx.storage());
    return dx;
  }
}
