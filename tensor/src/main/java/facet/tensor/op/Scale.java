package facet.tensor.op;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `y = factor · x`; `dx = factor · dy`.
public record Scale(double factor) implements Op<@Nullable Void> {
  @Override
  public Forward<@Nullable Void> forward(Scope scope, Tensor... in) {
    return new Forward<>(scaled(scope, in[0]), null);
  }

  @Override
  public InputGradients backward(Scope scope, @Nullable Void saved, Tensor dy) {
    return InputGradients.lazy(() -> scaled(scope, dy));
  }

  private Tensor scaled(Scope scope, Tensor x) {
    var y = scope.like(x);
    scope.kernels().pointwise().scale(x.size(), factor, x.storage(), y.storage());
    return y;
  }
}
