package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Inverted dropout (Srivastava et al. 2014): `y = m · x / (1 − rate)` with a mask `m` that is 0
/// with probability `rate`; `dx = m · dy / (1 − rate)`. The mask is a hash of (seed, position):
/// nothing is remembered, and the same seed drops the same elements on every backend.
public record Dropout(double rate, long seed) implements Op<@Nullable Void> {
  @Override
  public Forward<@Nullable Void> forward(Scope scope, Tensor... in) {
    require(rate >= 0 && rate < 1, this, "rate %s is not in [0, 1)", rate);
    return new Forward<>(masked(scope, in[0]), null);
  }

  @Override
  public InputGradients backward(Scope scope, @Nullable Void saved, Tensor dy) {
    return InputGradients.lazy(() -> masked(scope, dy));
  }

  private Tensor masked(Scope scope, Tensor x) {
    var y = scope.like(x);
    scope.kernels().pointwise().dropout(x.size(), rate, seed, x.storage(), y.storage());
    return y;
  }
}
