package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `y = a + b` of equal shapes; `da = db = dy`.
public record Add() implements Op<@Nullable Void> {
  @Override
  public Forward<@Nullable Void> forward(Scope scope, Tensor... in) {
    var a = in[0];
    var b = in[1];
    require(a.shape().equals(b.shape()), this, "shapes differ: a %s, b %s", a.shape(), b.shape());
    var y = scope.like(a);
    scope.kernels().pointwise().add(a.size(), a.storage(), b.storage(), y.storage());
    return new Forward<>(y, null);
  }

  @Override
  public InputGradients backward(Scope scope, @Nullable Void saved, Tensor dy) {
    return InputGradients.of(dy, dy);
  }
}
