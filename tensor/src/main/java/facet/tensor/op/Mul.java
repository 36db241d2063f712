package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// The product element by element, `y = a · b` of equal shapes; `da = dy · b`, `db = dy · a`.
public record Mul() implements Op<Mul.Saved> {
  /// What backward remembers.
  public record Saved(Tensor a, Tensor b) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var a = in[0];
    var b = in[1];
    require(a.shape().equals(b.shape()), this, "shapes differ: a %s, b %s", a.shape(), b.shape());
    return new Forward<>(product(scope, a, b), new Saved(a, b));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(() -> product(scope, dy, t.b), () -> product(scope, dy, t.a));
  }

  static Tensor product(Scope scope, Tensor a, Tensor b) {
    var y = scope.like(a);
    scope.kernels().pointwise().multiply(a.size(), a.storage(), b.storage(), y.storage());
    return y;
  }
}
