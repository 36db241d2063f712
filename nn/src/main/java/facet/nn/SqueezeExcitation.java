package facet.nn;

import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.AveragePool2d;
import facet.tensor.op.Relu;
import facet.tensor.op.ScaleChannels;
import facet.tensor.op.Sigmoid;

/// Squeeze-and-excitation (Hu et al. 2018): weighs the channels of an image by what is in it,
///
///     y = x · sigmoid(fc2(relu(fc1(mean of x over its pixels))))
///
/// with 1x1 convolutions without bias, `fc1` to a 16th of the channels.
final class SqueezeExcitation implements Layer {
  private static final int REDUCTION = 16;

  private final Convolution fc1;
  private final Convolution fc2;

  SqueezeExcitation(Parameters p, String name, int channels, Initializer initializer) {
    fc1 = new Convolution(p, name + ".fc1", channels, inner(channels), 1, 1, initializer);
    fc2 = new Convolution(p, name + ".fc2", inner(channels), channels, 1, 1, initializer);
  }

  private static int inner(int channels) {
    return Math.max(1, channels / REDUCTION);
  }

  static <T> T visit(LayerVisitor<T> visitor, String name, int channels, T x) {
    var s = visitor.globalAverage(name, x);
    s = visitor.convolution(name + ".fc1", channels, inner(channels), 1, 1, s);
    s = visitor.relu(name, s);
    s = visitor.convolution(name + ".fc2", inner(channels), channels, 1, 1, s);
    return visitor.scaleChannels(name, x, visitor.sigmoid(name, s));
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    var s = tape.apply(new AveragePool2d(x.shape().dim(1), 1, 0), x);
    s = tape.apply(new Relu(), fc1.forward(tape, s));
    s = tape.apply(new Sigmoid(), fc2.forward(tape, s));
    return tape.apply(new ScaleChannels(), x, s);
  }
}
