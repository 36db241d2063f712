package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;

/// The quotient element by element, `y = a / b` of equal shapes:
///
///     da = dy / b        db = −dy · y / b
public record Div() implements Op<Div.Saved> {
  /// What backward remembers.
  public record Saved(Tensor b, Tensor y) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var a = in[0];
    var b = in[1];
    require(a.shape().equals(b.shape()), this, "shapes differ: a %s, b %s", a.shape(), b.shape());
    var y = quotient(scope, a, b);
    return new Forward<>(y, new Saved(b, y));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> quotient(scope, dy, t.b),
        () -> {
          var product = Mul.product(scope, dy, t.y);
          var db = quotient(scope, product, t.b);
          scope.release(product);
          scope.kernels().pointwise().scale(db.size(), -1, db.storage(), db.storage());
          return db;
        });
  }

  static Tensor quotient(Scope scope, Tensor a, Tensor b) {
    var y = scope.like(a);
    scope.kernels().pointwise().divide(a.size(), a.storage(), b.storage(), y.storage());
    return y;
  }
}
