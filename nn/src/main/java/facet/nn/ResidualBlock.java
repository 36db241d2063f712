package facet.nn;

import facet.tensor.Scope;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.PRelu;
import org.jspecify.annotations.Nullable;

/// IResNet's block ("improved residual", Duta et al. 2020, as insightface builds it), nothing after
/// the addition:
///
///     y = bn3(conv2(prelu(bn2(conv1(bn1(x)))))) + shortcut
///     conv1 3x3, conv2 3x3 with the stride
///     shortcut = x, or bn(conv1x1(x)) where the shape changes
///
/// An [IResNetVariant] may leave bn2 out, take every second pixel of x for the shortcut, and have a
/// [SqueezeExcitation] behind bn3.
public final class ResidualBlock implements Layer {
  private final BatchNormalization bn1;
  private final Convolution conv1;
  private final @Nullable BatchNormalization bn2;
  private final Tensor slope;
  private final Convolution conv2;
  private final BatchNormalization bn3;
  private final @Nullable SqueezeExcitation squeeze;
  private final Shortcut shortcut;

  public ResidualBlock(
      Parameters p,
      IResNetVariant variant,
      String name,
      int in,
      int out,
      int stride,
      Initializer initializer) {
    var names = variant.names(name);
    // Elsewhere the shortcut is the first in a file; insightface has it last.
    var first = variant == IResNetVariant.INSIGHTFACE;
    var early = first ? null : Shortcut.of(p, variant, names, in, out, stride, initializer);
    bn1 = new BatchNormalization(p, names.norm1(), in);
    conv1 = new Convolution(p, names.conv1(), in, out, 3, 1, initializer);
    bn2 = names.norm2() == null ? null : new BatchNormalization(p, names.norm2(), out);
    slope = p.vector(names.prelu() + ".weight", out, Initializer.constant(0.25));
    conv2 = new Convolution(p, names.conv2(), out, out, 3, stride, initializer);
    bn3 = new BatchNormalization(p, names.norm3(), out);
    squeeze =
        names.squeeze() == null
            ? null
            : new SqueezeExcitation(p, names.squeeze(), out, initializer);
    shortcut = early == null ? Shortcut.of(p, variant, names, in, out, stride, initializer) : early;
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return tape.tidy(
        () -> {
          // The shortcut comes first, so that its gradient comes last and waits for nothing.
          var residual = shortcut.forward(tape, x);
          var h = conv1.forward(tape, bn1.forward(tape, x));
          h = bn2 == null ? tape.apply(new PRelu(), h, slope) : bn2.forwardPRelu(tape, h, slope);
          h = conv2.forward(tape, h);
          return squeeze == null
              ? bn3.forwardAdd(tape, h, residual)
              : tape.apply(new Add(), squeeze.forward(tape, bn3.forward(tape, h)), residual);
        });
  }

  /// The same for inference, in new memory of `scope`.
  FoldedIResNet.Block folded(Scope scope) {
    var last = bn3.affine();
    var middle = bn2 == null ? Affine.identity(slope.size()) : bn2.affine();
    // Its shift goes into `last`, unless the channels of what `last` makes are weighed first.
    var folded = squeeze == null ? shortcut.folded(scope, last) : shortcut.foldedAlone(scope);
    return new FoldedIResNet.Block(
        bn1, conv1.folded(scope, middle), slope, conv2.folded(scope, last), squeeze, folded);
  }
}
