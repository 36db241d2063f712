package facet.tensor.op;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// `y = eˣ`; `dx = dy · y`.
public record Exp() implements Op<Exp.Saved> {
  /// What backward remembers.
  public record Saved(Tensor y) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var y = scope.like(x);
    scope.kernels().pointwise().exp(x.size(), x.storage(), y.storage());
    return new Forward<>(y, new Saved(y));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(() -> Mul.product(scope, dy, t.y));
  }
}
