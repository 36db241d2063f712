package facet.nn;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Conv2d;

/// A 2-d convolution without bias: `weight` `[out, kernel, kernel, in]`.
public final class Convolution implements FoldableConvolution {
  private final Tensor weight;
  private final Conv2d op;

  public Convolution(
      Parameters parameters,
      String name,
      int in,
      int out,
      int kernel,
      int stride,
      Initializer initializer) {
    weight =
        parameters.weight(
            name + ".weight",
            Shape.of(out, kernel, kernel, in),
            new Parameter.Layout.Convolution(),
            initializer);
    op = new Conv2d(stride, kernel / 2);
  }

  @Override
  public FoldedConvolution folded(Scope scope, Affine norm) {
    var values = weight.toDoubles();
    var perOutput = values.length / norm.scale().length;
    for (var i = 0; i < values.length; i++) {
      values[i] *= norm.scale()[i / perOutput];
    }
    var fixed = op.fixed(scope.of(weight.shape(), values));
    return new FoldedConvolution(scope, norm, fixed::forward);
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return tape.apply(op, x, weight);
  }
}
