package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.NormKernels.Epilogue;
import facet.tensor.kernel.NormKernels.EpilogueGradient;
import facet.tensor.kernel.NormKernels.Running;
import facet.tensor.kernel.NormKernels.Statistics;
import org.jspecify.annotations.Nullable;

/// Batch normalisation over all axes of `x [..., c]` but the last (Ioffe and Szegedy 2015), with
/// what follows it in a residual network fused in. Inputs: `x`, `gamma [c]`, `beta [c]` and, by
/// `then`, nothing, the PReLU's `slope [c]`, or the `residual` of x's shape. With `m` rows:
///
///     μ = Σ x / m     σ² = Σ (x − μ)² / m     x̂ = (x − μ) / √(σ² + eps)     z = γ x̂ + β
///     y = z    or    max(z, 0) + slope · min(z, 0)    or    z + residual
///
///     dz = dy (· slope where z ≤ 0)     dβ = Σ dz     dγ = Σ dz x̂     dslope = Σ dy · min(z, 0)
///     dx = γ / √(σ² + eps) · (dz − dβ/m − x̂ dγ/m)     dresidual = dy
///
/// With `training` false `μ`, `σ²` are the running statistics, constants for backward:
/// `dx = γ / √(σ² + eps) · dz`. With `training` true forward updates them:
/// `running ← (1 − momentum) running + momentum · batch`, the variance there unbiased.
public record BatchNorm(
    Then then, boolean training, double eps, double momentum, Tensor runningMean, Tensor runningVar)
    implements Op<BatchNorm.Saved> {

  /// What is fused behind the normalisation.
  public enum Then {
    NOTHING,
    PRELU,
    ADD
  }

  /// What backward remembers.
  public record Saved(
      Tensor x, Tensor gamma, Tensor beta, @Nullable Tensor slope, Tensor mean, Tensor invStd) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    checkShapes(in);
    var x = in[0];
    var gamma = in[1];
    var beta = in[2];
    var slope = then == Then.PRELU ? in[3] : null;
    var epilogue = epilogue(gamma, beta, slope);
    if (then == Then.ADD) {
      epilogue = epilogue.thenAdd(in[3].storage());
    }
    var running = new Running(runningMean.storage(), runningVar.storage(), eps);
    var norm = scope.kernels().norm();
    var y = scope.like(x);
    var invStd = scope.allocate(gamma.shape());
    if (training) {
      var mean = scope.allocate(gamma.shape());
      var batch = new Statistics(mean.storage(), invStd.storage());
      norm.forwardTraining(x.matrix(), epilogue, running, momentum, batch, y.storage());
      return new Forward<>(y, new Saved(x, gamma, beta, slope, mean, invStd));
    }
    norm.forwardInference(x.matrix(), epilogue, running, y.storage());
    norm.inverseStd(gamma.size(), running, invStd.storage());
    return new Forward<>(y, new Saved(x, gamma, beta, slope, runningMean, invStd));
  }

  private static Epilogue epilogue(Tensor gamma, Tensor beta, @Nullable Tensor slope) {
    var epilogue = new Epilogue(gamma.storage(), beta.storage());
    return slope == null ? epilogue : epilogue.thenPRelu(slope.storage());
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    // The gradient of a residual is dy itself, so there it has to last.
    var dx = then == Then.ADD ? scope.like(t.x) : scope.inPlaceOf(dy);
    var dgamma = scope.allocate(t.gamma.shape());
    var dbeta = scope.allocate(t.beta.shape());
    var dslope = t.slope == null ? null : scope.allocate(t.slope.shape());
    scope
        .kernels()
        .norm()
        .backward(
            t.x.matrix(),
            epilogue(t.gamma, t.beta, t.slope),
            new Statistics(t.mean.storage(), t.invStd.storage()),
            training,
            dy.storage(),
            dx.storage(),
            new EpilogueGradient(
                dgamma.storage(), dbeta.storage(), dslope == null ? null : dslope.storage()));
    if (dslope != null) {
      return InputGradients.of(dx, dgamma, dbeta, dslope);
    }
    return then == Then.ADD
        ? InputGradients.of(dx, dgamma, dbeta, dy)
        : InputGradients.of(dx, dgamma, dbeta);
  }

  private void checkShapes(Tensor... in) {
    var x = in[0].shape();
    var expected = then == Then.NOTHING ? 3 : 4;
    require(in.length == expected, this, "%s takes %s inputs, not %s", then, expected, in.length);
    require(x.rank() >= 2, this, "x must be [..., c] with rows, is %s", x);
    requireChannels("gamma", in[1].shape(), x);
    requireChannels("beta", in[2].shape(), x);
    requireChannels("running mean", runningMean.shape(), x);
    requireChannels("running variance", runningVar.shape(), x);
    if (then == Then.PRELU) {
      requireChannels("slope", in[3].shape(), x);
    } else if (then == Then.ADD) {
      require(in[3].shape().equals(x), this, "residual %s differs from x %s", in[3].shape(), x);
    }
    require(!training || x.rows() > 0, this, "there are no rows to take statistics of: x %s", x);
  }

  private void requireChannels(String what, Shape shape, Shape x) {
    require(
        shape.rank() == 1 && shape.last() == x.last(),
        this,
        "%s must be [%s] for x %s, is %s",
        what,
        x.last(),
        x,
        shape);
  }
}
