package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.PointwiseKernels.PReluGradient;

/// Parametric rectifier (He et al. 2015) of `x [..., c]` with one `slope [c]` a channel:
///
///     y = max(x, 0) + slope · min(x, 0)
///     dx = dy · (1 if x > 0, else slope)        dslope[c] = Σᵣ dy[r,c] · min(x[r,c], 0)
///
/// Not smooth at `x = 0`, where the gradient is that of the negative side.
public record PRelu() implements Op<PRelu.Saved> {
  /// What backward remembers.
  public record Saved(Tensor x, Tensor slope) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var slope = in[1];
    require(
        slope.shape().rank() == 1 && slope.shape().last() == x.shape().last(),
        this,
        "slope must be [%s] for x %s, is %s",
        x.shape().last(),
        x.shape(),
        slope.shape());
    var y = scope.like(x);
    scope.kernels().pointwise().prelu(x.matrix(), slope.storage(), y.storage());
    return new Forward<>(y, new Saved(x, slope));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var dx = scope.like(t.x);
    var dslope = scope.allocate(t.slope.shape());
    scope
        .kernels()
        .pointwise()
        .preluBackward(
            t.x.matrix(),
            t.slope.storage(),
            dy.storage(),
            new PReluGradient(dx.storage(), dslope.storage()));
    return InputGradients.of(dx, dslope);
  }
}
