package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels.Density;

/// The distribution of similarities `s [n]` over the nodes `tᵣ` of a grid, with a Gaussian in place
/// of the usual box, so that it can be differentiated (Huang et al. 2020, after Ustinova and
/// Lempitsky 2016):
///
///     gₖᵣ = exp(−γ (sₖ − tᵣ)²)     hᵣ = Σₖ gₖᵣ     Z = Σᵣ hᵣ     p = h / Z
///     G = dp     Ḡ = Σᵣ Gᵣ pᵣ
///     dsₖ = 1/Z · Σᵣ (Gᵣ − Ḡ) (−2γ (sₖ − tᵣ)) gₖᵣ
///
/// over the similarities that take part: those that exist and, with `positiveOnly`, are above 0
/// (all if none is).
public record SoftHistogram(HistogramGrid grid, boolean positiveOnly)
    implements Op<SoftHistogram.Saved> {
  /// What backward remembers.
  public record Saved(Selection selection, Tensor p, Tensor z) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var s = in[0];
    require(s.shape().rank() == 1, this, "similarities must be [n], are %s", s.shape());
    require(
        grid.nodes() > 0 && grid.gamma() > 0,
        this,
        "the grid needs nodes and a positive gamma, is %s",
        grid);
    var selection = Selection.of(scope, s, positiveOnly);
    var p = scope.allocate(grid.nodes());
    var z = scope.allocate(1);
    scope
        .kernels()
        .histogram()
        .softHistogram(selection.samples(), grid, new Density(p.storage(), z.storage()));
    return new Forward<>(p, new Saved(selection, p, z));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dp) {
    return InputGradients.lazy(
        () -> {
          var ds = scope.allocate(t.selection.s().shape());
          scope
              .kernels()
              .histogram()
              .softHistogramBackward(
                  t.selection.samples(),
                  grid,
                  new Density(t.p.storage(), t.z.storage()),
                  dp.storage(),
                  ds.storage());
          return ds;
        });
  }
}
