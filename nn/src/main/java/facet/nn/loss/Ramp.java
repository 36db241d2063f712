package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// A straight line between two levels, elementwise over `x [n]`:
///
///     y  = from + (to − from) (clip(x, low, high) − low) / (high − low)
///     dx = dy (to − from) / (high − low)  where low ≤ x ≤ high, else 0
///
/// MagFace's margin as a function of an embedding's length. It runs on the host: `n` is a batch.
/// Not smooth at `low` and `high`.
public record Ramp(double low, double high, double from, double to) implements Op<double[]> {
  @Override
  public Forward<double[]> forward(Scope scope, Tensor... in) {
    require(in[0].shape().rank() == 1, this, "x must be [n], is %s", in[0].shape());
    require(low < high, this, "low %s must be less than high %s", low, high);
    var x = in[0].toDoubles();
    var y = new double[x.length];
    for (var i = 0; i < x.length; i++) {
      y[i] = from + slope() * (Math.clamp(x[i], low, high) - low);
    }
    return new Forward<>(scope.of(in[0].shape(), y), x);
  }

  @Override
  public InputGradients backward(Scope scope, double[] x, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = dy.toDoubles();
          for (var i = 0; i < x.length; i++) {
            dx[i] *= low <= x[i] && x[i] <= high ? slope() : 0;
          }
          return scope.of(dy.shape(), dx);
        });
  }

  private double slope() {
    return (to - from) / (high - low);
  }
}
