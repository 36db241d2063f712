package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.HistogramKernels.Comparison;

/// The Kullback-Leibler divergence of two histograms `p`, `q` `[nodes]`, with `e` added to both:
///
///     D(P‖Q) = Σᵣ (pᵣ + e) (log(pᵣ + e) − log(qᵣ + e))
///     dpᵣ = log((pᵣ + e) / (qᵣ + e)) + 1        dqᵣ = −(pᵣ + e) / (qᵣ + e)        both times dy
///
/// An empty histogram (all 0) has no divergence and no gradient.
public record Divergence(double e) implements Op<Divergence.Saved> {
  /// What backward remembers.
  public record Saved(Tensor p, Tensor q) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var p = in[0];
    var q = in[1];
    require(
        p.shape().rank() == 1 && p.shape().equals(q.shape()),
        this,
        "histograms must be [nodes] both: p %s, q %s",
        p.shape(),
        q.shape());
    var y = scope.allocate(Shape.scalar());
    scope.kernels().histogram().divergence(comparison(p, q), y.storage());
    return new Forward<>(y, new Saved(p, q));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var dp = scope.allocate(t.p.shape());
    var dq = scope.allocate(t.q.shape());
    scope
        .kernels()
        .histogram()
        .divergenceBackward(comparison(t.p, t.q), dy.storage(), dp.storage(), dq.storage());
    return InputGradients.of(dp, dq);
  }

  private Comparison comparison(Tensor p, Tensor q) {
    return new Comparison(p.size(), p.storage(), q.storage(), e, 1);
  }
}
