package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.RowKernels.AdaptiveGradient;
import facet.tensor.kernel.RowKernels.Cosines;

/// The cosines that a plain softmax is trained on under an adaptive margin, made of the cosines
/// `c [n, classes]` (see [AdaptiveMargin] for `ψ`, `limit` and the rows' parameters `p [n]`):
///
///     y[i,j] = ψ(c[i,j], p[i])         if j = label[i]
///              c[i,j] (p[i] + c[i,j])  if c[i,j] > limit(c[i,label[i]])
///              c[i,j]                  otherwise
///     dc     = dy · (∂ψ/∂c, p + 2c, 1)        dp[i] = dy ∂ψ/∂p + Σ over the second kind of dy c
///
/// Not smooth where a cosine crosses the limit, and at the kinks of `ψ`.
public record MarginCosines(AdaptiveMargin margin, Ints labels) implements Op<MarginCosines.Saved> {
  /// What backward remembers.
  public record Saved(Tensor c, Tensor p) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var c = in[0];
    var p = in[1];
    require(c.shape().rank() == 2, this, "cosines must be [n, classes], are %s", c.shape());
    var n = c.shape().dim(0);
    require(
        labels.length() == n,
        this,
        "there are %s labels for cosines %s",
        labels.length(),
        c.shape());
    require(
        p.shape().rank() == 1 && p.size() == n,
        this,
        "parameters must be [%s] for cosines %s, are %s",
        n,
        c.shape(),
        p.shape());
    var y = scope.allocate(c.shape());
    scope
        .kernels()
        .row()
        .adaptiveMargin(
            new Cosines(c.matrix(), labels.storage()), margin, p.storage(), y.storage());
    return new Forward<>(y, new Saved(c, p));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var dc = scope.allocate(t.c.shape());
    var dp = scope.allocate(t.p.shape());
    scope
        .kernels()
        .row()
        .adaptiveMarginBackward(
            new Cosines(t.c.matrix(), labels.storage()),
            margin,
            t.p.storage(),
            dy.storage(),
            new AdaptiveGradient(dc.storage(), dp.storage()));
    return InputGradients.of(dc, dp);
  }
}
