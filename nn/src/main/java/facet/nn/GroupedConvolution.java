package facet.nn;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.GroupedConv2d;

/// A 2-d convolution in groups without bias: `weight` `[kernel, kernel, channels, channels /
/// groups]`. With as many groups as channels it is a depthwise one.
public final class GroupedConvolution implements FoldableConvolution {
  private final Tensor weight;
  private final GroupedConv2d op;

  /// Initialised as insightface does, by Kaiming's rule over all outputs.
  public GroupedConvolution(
      Parameters parameters,
      String name,
      int channels,
      int groups,
      int kernel,
      int stride,
      int pad) {
    weight =
        parameters.weight(
            name + ".weight",
            Shape.of(kernel, kernel, channels, channels / groups),
            new Parameter.Layout.Grouped(),
            Initializer.normal(Math.sqrt(2.0 / (channels * kernel * kernel))));
    op = new GroupedConv2d(stride, pad);
  }

  @Override
  public FoldedConvolution folded(Scope scope, Affine norm) {
    var values = weight.toDoubles();
    var channels = norm.scale().length;
    var per = weight.shape().last();
    for (var i = 0; i < values.length; i++) {
      values[i] *= norm.scale()[i / per % channels];
    }
    var folded = scope.of(weight.shape(), values);
    return new FoldedConvolution(scope, norm, (tape, x) -> tape.apply(op, x, folded));
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return tape.apply(op, x, weight);
  }
}
