package facet.nn;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// IResNet's block ("improved residual", Duta et al. 2020, as insightface builds it), nothing after
/// the addition:
///
///     y = bn3(conv2(prelu(bn2(conv1(bn1(x)))))) + shortcut
///     conv1 3x3, conv2 3x3 with the stride
///     shortcut = x, or bn(conv1x1(x)) where the shape changes
public final class ResidualBlock implements Module {
  private final BatchNormalization bn1;
  private final Convolution conv1;
  private final BatchNormalization bn2;
  private final Tensor slope;
  private final Convolution conv2;
  private final BatchNormalization bn3;
  private final @Nullable Convolution downsample;
  private final @Nullable BatchNormalization downsampleNorm;

  public ResidualBlock(
      Parameters p, String name, int in, int out, int stride, Initializer initializer) {
    bn1 = new BatchNormalization(p, name + ".bn1", in);
    conv1 = new Convolution(p, name + ".conv1", in, out, 3, 1, initializer);
    bn2 = new BatchNormalization(p, name + ".bn2", out);
    slope = p.vector(name + ".prelu.weight", out, Initializer.constant(0.25));
    conv2 = new Convolution(p, name + ".conv2", out, out, 3, stride, initializer);
    bn3 = new BatchNormalization(p, name + ".bn3", out);
    var reshapes = stride != 1 || in != out;
    downsample =
        reshapes
            ? new Convolution(p, name + ".downsample.0", in, out, 1, stride, initializer)
            : null;
    downsampleNorm = reshapes ? new BatchNormalization(p, name + ".downsample.1", out) : null;
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return tape.tidy(
        () -> {
          // The shortcut comes first, so that its gradient comes last and waits for nothing.
          var residual = shortcut(tape, x);
          var h = conv1.forward(tape, bn1.forward(tape, x));
          h = conv2.forward(tape, bn2.forwardPRelu(tape, h, slope));
          return bn3.forwardAdd(tape, h, residual);
        });
  }

  private Tensor shortcut(Tape tape, Tensor x) {
    return downsample == null || downsampleNorm == null
        ? x
        : downsampleNorm.forward(tape, downsample.forward(tape, x));
  }

  /// The same for inference, in new memory of `scope`.
  FoldedIResNet.Block folded(Scope scope) {
    var last = bn3.affine();
    FoldedConvolution shortcut = null;
    if (downsample != null && downsampleNorm != null) {
      var norm = downsampleNorm.affine();
      shortcut = downsample.folded(scope, norm);
      for (var c = 0; c < last.shift().length; c++) {
        last.shift()[c] += norm.shift()[c];
      }
    }
    return new FoldedIResNet.Block(
        bn1, conv1.folded(scope, bn2.affine()), slope, conv2.folded(scope, last), shortcut);
  }

  /// The channels of its output.
  public Shape channels() {
    return bn3.shape();
  }
}
