package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.GemmShape;

/// Matrix product `Y = op(A) op(B)` where `op` transposes or not: `op(A) [m, k]`, `op(B) [k, n]`.
///
///     d op(A) = dY op(B)ᵀ        dA = d op(A), or its transpose op(B) dYᵀ
///     d op(B) = op(A)ᵀ dY        dB = d op(B), or its transpose dYᵀ op(A)
public record MatMul(boolean transposeA, boolean transposeB) implements Op<MatMul.Saved> {
  /// What backward remembers.
  public record Saved(Tensor a, Tensor b) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var a = in[0];
    var b = in[1];
    require(
        a.shape().rank() == 2 && b.shape().rank() == 2,
        this,
        "both factors must be matrices: a %s, b %s",
        a.shape(),
        b.shape());
    int m = a.shape().dim(transposeA ? 1 : 0);
    int k = a.shape().dim(transposeA ? 0 : 1);
    int n = b.shape().dim(transposeB ? 0 : 1);
    require(
        k == b.shape().dim(transposeB ? 1 : 0),
        this,
        "inner dimensions differ: a %s%s, b %s%s",
        a.shape(),
        transposeA ? " transposed" : "",
        b.shape(),
        transposeB ? " transposed" : "");
    var y = scope.allocate(m, n);
    product(transposeA, transposeB, m, n, k, a, b, y);
    return new Forward<>(y, new Saved(a, b));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    int m = dy.shape().dim(0);
    int n = dy.shape().dim(1);
    int k = t.a.shape().dim(transposeA ? 0 : 1);
    return InputGradients.lazy(
        () -> {
          var da = scope.like(t.a);
          return transposeA
              ? product(transposeB, true, k, m, n, t.b, dy, da)
              : product(false, !transposeB, m, k, n, dy, t.b, da);
        },
        () -> {
          var db = scope.like(t.b);
          return transposeB
              ? product(true, transposeA, n, k, m, dy, t.a, db)
              : product(!transposeA, false, k, n, m, t.a, dy, db);
        });
  }

  private static Tensor product(
      boolean ta, boolean tb, int m, int n, int k, Tensor a, Tensor b, Tensor y) {
    var shape = new GemmShape(ta, tb, m, n, k);
    y.scope().kernels().gemm().gemm(shape, 1, a.storage(), b.storage(), 0, y.storage());
    return y;
  }
}
