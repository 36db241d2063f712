package facet.nn;

import static facet.tensor.ShapeException.require;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Dropout;
import facet.tensor.op.Reshape;
import java.util.ArrayList;
import java.util.List;

/// The face-recognition ResNet of insightface's arcface_torch, layer for layer and name for name:
///
///     conv1 3x3, bn1, prelu                     [n, size, size, width]
///     layer1 .. layer4, stride 2 each           channels width, 2 width, 4 width, 8 width
///     bn2, flatten, dropout, fc, features       [n, embedding]
///
/// `features` is a batch norm whose weight stays 1. [IResNetVariant] says what others build
/// otherwise; [IResNetSpec] names the standard depths and the small sizes.
public final class IResNet implements Network {
  private final IResNetSpec spec;
  private final Convolution conv1;
  private final BatchNormalization bn1;
  private final Tensor slope;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final BatchNormalization bn2;
  private final Linear fc;
  private final BatchNormalization features;

  public IResNet(Parameters p, IResNetSpec spec) {
    this.spec = spec;
    var initializer = spec.initializer();
    var names = spec.variant().names();
    conv1 = new Convolution(p, names.conv(), 3, spec.width(), 3, 1, initializer);
    bn1 = new BatchNormalization(p, names.norm(), spec.width());
    slope = p.vector(names.prelu() + ".weight", spec.width(), Initializer.constant(0.25));
    var in = spec.width();
    for (var stage = 0; stage < spec.depths().size(); stage++) {
      var out = spec.width() << stage;
      for (var i = 0; i < spec.depths().get(stage); i++) {
        var name = spec.variant().block(stage, i, blocks.size());
        var stride = i == 0 ? 2 : 1;
        blocks.add(new ResidualBlock(p, spec.variant(), name, in, out, stride, initializer));
        in = out;
      }
    }
    bn2 = new BatchNormalization(p, names.lastNorm(), in);
    var side = spec.finalSide();
    fc =
        new Linear(
            p,
            names.fc(),
            side * side * in,
            spec.embedding(),
            new Parameter.Layout.Flattened(side, side, in));
    features =
        new BatchNormalization(p, names.features(), spec.embedding(), spec.variant().lastNorm());
  }

  @Override
  public IResNetSpec spec() {
    return spec;
  }

  /// @param images `[n, size, size, 3]`, values in [-1, 1]
  /// @return `[n, embedding]`, not normalised
  @Override
  public Tensor forward(Tape tape, Tensor images) {
    var s = images.shape();
    require(
        s.rank() == 4 && s.dim(1) == spec.size() && s.dim(2) == spec.size() && s.dim(3) == 3,
        "iResNet",
        "images must be [n, %s, %s, 3] NHWC, are %s",
        spec.size(),
        spec.size(),
        s);
    var x = tape.tidy(() -> bn1.forwardPRelu(tape, conv1.forward(tape, images), slope));
    for (var block : blocks) {
      x = next(tape, x, block.forward(tape, x));
    }
    var last = x;
    return next(tape, last, tape.tidy(() -> head(tape, last)));
  }

  /// Its weights are copies in `scope`, apart from those of the batch norms at the entry of each
  /// block and of squeeze-and-excitation, which it shares.
  @Override
  public Layer folded(Scope scope) {
    var linear = fc.folded(scope, bn2.affine(), features.affine());
    return new FoldedIResNet(
        conv1.folded(scope, bn1.affine()),
        slope,
        blocks.stream().map(block -> block.folded(scope)).toList(),
        linear.weight(),
        linear.bias());
  }

  /// Continues with `y`; in inference its input is not needed any more.
  private static Tensor next(Tape tape, Tensor x, Tensor y) {
    if (!tape.training()) {
      tape.release(x);
    }
    return y;
  }

  private Tensor head(Tape tape, Tensor x) {
    var h = bn2.forward(tape, x);
    h = tape.apply(new Reshape(flat(h.shape())), h);
    if (tape.training() && spec.dropout() > 0) {
      h = tape.apply(new Dropout(spec.dropout(), tape.nextSeed()), h);
    }
    return features.forward(tape, fc.forward(tape, h));
  }

  private static Shape flat(Shape s) {
    return Shape.of(s.dim(0), s.dim(1) * s.dim(2) * s.dim(3));
  }
}
