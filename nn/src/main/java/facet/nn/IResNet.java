package facet.nn;

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
/// `features` is a batch norm whose weight stays 1. [IResNetSpec] names the standard depths and the
/// small sizes.
public final class IResNet implements Module {
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
    conv1 = new Convolution(p, "conv1", 3, spec.width(), 3, 1, initializer);
    bn1 = new BatchNormalization(p, "bn1", spec.width());
    slope = p.vector("prelu.weight", spec.width(), Initializer.constant(0.25));
    var in = spec.width();
    for (var stage = 0; stage < spec.depths().size(); stage++) {
      var out = spec.width() << stage;
      for (var i = 0; i < spec.depths().get(stage); i++) {
        var name = "layer%d.%d".formatted(stage + 1, i);
        blocks.add(new ResidualBlock(p, name, in, out, i == 0 ? 2 : 1, initializer));
        in = out;
      }
    }
    bn2 = new BatchNormalization(p, "bn2", in);
    var side = spec.finalSide();
    fc =
        new Linear(
            p,
            "fc",
            side * side * in,
            spec.embedding(),
            new Parameter.Layout.Flattened(side, side, in));
    features = new BatchNormalization(p, "features", spec.embedding(), true);
  }

  public IResNetSpec spec() {
    return spec;
  }

  /// @param x `[n, size, size, 3]`, values in [-1, 1]
  /// @return `[n, embedding]`, not normalised
  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return tape.tidy(
        () -> {
          var h = bn1.forwardPRelu(tape, conv1.forward(tape, x), slope);
          for (var block : blocks) {
            h = block.forward(tape, h);
          }
          h = bn2.forward(tape, h);
          h = tape.apply(new Reshape(flat(h.shape())), h);
          if (tape.training() && spec.dropout() > 0) {
            h = tape.apply(new Dropout(spec.dropout(), tape.nextSeed()), h);
          }
          return features.forward(tape, fc.forward(tape, h));
        });
  }

  private static Shape flat(Shape s) {
    return Shape.of(s.dim(0), s.dim(1) * s.dim(2) * s.dim(3));
  }
}
