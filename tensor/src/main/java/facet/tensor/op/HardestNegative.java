package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.RowKernels.Hardest;

/// For every row of `x [n, d]` (normalised embeddings) the largest inner product with a row of
/// another label, the hardest negative similarity:
///
///     y[i] = max over j, label[j] ≠ label[i], of xᵢ · xⱼ
///     dxᵢ  = dy[i] xⱼ₍ᵢ₎ + Σ over k with j(k) = i of dy[k] xₖ        j(i) the arg-max
///
/// A row without a negative gets [facet.tensor.kernel.HistogramKernels#NO_SAMPLE]. Not smooth where
/// two negatives tie.
public record HardestNegative(Ints labels) implements Op<HardestNegative.Saved> {
  /// What backward remembers.
  public record Saved(Tensor x, Ints argmax) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(x.shape().rank() == 2, this, "x must be [n, d], is %s", x.shape());
    var n = x.shape().dim(0);
    require(labels.length() == n, this, "there are %s labels for x %s", labels.length(), x.shape());
    var y = scope.allocate(n);
    var argmax = scope.allocateInts(n);
    scope
        .kernels()
        .row()
        .hardestNegative(x.matrix(), labels.storage(), new Hardest(y.storage(), argmax.storage()));
    return new Forward<>(y, new Saved(x, argmax));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.allocate(t.x.shape());
          scope
              .kernels()
              .row()
              .hardestNegativeBackward(
                  t.x.matrix(), t.argmax.storage(), dy.storage(), dx.storage());
          return dx;
        });
  }
}
