package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// MagFace's regulariser of the embeddings' lengths `x [n]` (Meng et al. 2021), which rewards long
/// ones the less the longer they are:
///
///     a = clip(x, low, high)        y = 1/n Σ (1/a + a/high²)
///     dx = dy/n (1/high² − 1/a²)    where low ≤ x ≤ high, else 0
///
/// 0 without rows. It runs on the host: `n` is a batch. Not smooth at `low` and `high`.
public record MagnitudePenalty(double low, double high) implements Op<double[]> {
  @Override
  public Forward<double[]> forward(Scope scope, Tensor... in) {
    require(in[0].shape().rank() == 1, this, "lengths must be [n], are %s", in[0].shape());
    var x = in[0].toDoubles();
    var sum = 0.0;
    for (var length : x) {
      var a = Math.clamp(length, low, high);
      sum += 1 / a + a / (high * high);
    }
    return new Forward<>(scope.of(Shape.scalar(), sum / Math.max(x.length, 1)), x);
  }

  @Override
  public InputGradients backward(Scope scope, double[] x, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var upstream = dy.item() / Math.max(x.length, 1);
          var dx = new double[x.length];
          for (var i = 0; i < x.length; i++) {
            var inside = low <= x[i] && x[i] <= high;
            dx[i] = inside ? upstream * (1 / (high * high) - 1 / (x[i] * x[i])) : 0;
          }
          return scope.of(Shape.of(x.length), dx);
        });
  }
}
