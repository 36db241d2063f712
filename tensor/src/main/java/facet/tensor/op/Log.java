package facet.tensor.op;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// The natural logarithm, `y = ln x`; `dx = dy / x`. Not a number below 0, −∞ at 0.
public record Log() implements Op<Log.Saved> {
  /// What backward remembers.
  public record Saved(Tensor x) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var y = scope.like(x);
    scope.kernels().pointwise().log(x.size(), x.storage(), y.storage());
    return new Forward<>(y, new Saved(x));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(() -> Div.quotient(scope, dy, t.x));
  }
}
