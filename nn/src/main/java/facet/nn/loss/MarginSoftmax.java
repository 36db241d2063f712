package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.RowKernels;

/// Softmax cross-entropy over cosines `c [n, classes]` with a margin `ψ` on the target's (ArcFace,
/// Deng et al. 2019, and its relatives; see [Margin] for `ψ`):
///
///     z[i,j]    = s · (ψ(c[i,j]) if j = label[i], else c[i,j])        p = softmax(z)
///     L         = −1/n Σᵢ log p[i, label[i]]
///     ∂L/∂c[i,j] = s/n · (p[i,j] − [j = label[i]]) · (ψ'(c[i,j]) if j = label[i], else 1)
///
/// Forward keeps one number a row (the log of the sum of exponentials); backward recomputes `p`.
/// Not smooth where `ψ` has a kink.
public record MarginSoftmax(Margin margin, Ints labels) implements Op<MarginSoftmax.Saved> {
  /// What backward remembers.
  public record Saved(Tensor c, Tensor logSumExp) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var c = in[0];
    require(c.shape().rank() == 2, this, "cosines must be [n, classes], are %s", c.shape());
    require(
        labels.length() == c.shape().dim(0),
        this,
        "there are %s labels for cosines %s",
        labels.length(),
        c.shape());
    var lse = scope.allocate(c.shape().dim(0));
    var loss = scope.allocate(Shape.scalar());
    scope
        .kernels()
        .row()
        .marginSoftmax(
            new RowKernels.Cosines(c.matrix(), labels.storage()),
            margin,
            lse.storage(),
            loss.storage());
    return new Forward<>(loss, new Saved(c, lse));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dc = scope.allocate(t.c.shape());
          scope
              .kernels()
              .row()
              .marginSoftmaxBackward(
                  new RowKernels.Cosines(t.c.matrix(), labels.storage()),
                  margin,
                  t.logSumExp.storage(),
                  dy.storage(),
                  dc.storage());
          return dc;
        });
  }
}
