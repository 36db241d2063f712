package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// The same elements under another shape. Tensors are contiguous, so nothing moves, forward or
/// backward.
public record Reshape(Shape shape) implements Op<Shape> {
  @Override
  public Forward<Shape> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(
        x.size() == shape.size(),
        this,
        "x %s has %s elements, %s has %s",
        x.shape(),
        x.size(),
        shape,
        shape.size());
    return new Forward<>(x.view(shape), x.shape());
  }

  @Override
  public InputGradients backward(Scope scope, Shape before, Tensor dy) {
    return InputGradients.lazy(() -> dy.view(before));
  }
}
