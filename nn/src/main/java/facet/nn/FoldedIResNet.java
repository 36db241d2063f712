package facet.nn;

import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.AddBias;
import facet.tensor.op.MatMul;
import facet.tensor.op.Reshape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A trained [IResNet] for inference alone: the batch norms behind convolutions and around the last
/// linear layer have become part of their weights. Made by [IResNet#folded].
final class FoldedIResNet implements Layer {
  private final FoldedConvolution stem;
  private final Tensor slope;
  private final List<Block> blocks;
  private final Tensor weight;
  private final Tensor bias;

  /// A [ResidualBlock] whose shortcut's shift went into the bias of `conv2`.
  record Block(
      BatchNormalization bn1,
      FoldedConvolution conv1,
      Tensor slope,
      FoldedConvolution conv2,
      @Nullable SqueezeExcitation squeeze,
      @Nullable Layer shortcut) {

    Tensor forward(Tape tape, Tensor x) {
      return tape.tidy(
          () -> {
            var h = conv1.forwardPRelu(tape, bn1.forward(tape, x), slope);
            if (squeeze == null) {
              return conv2.forwardAdd(tape, h, shortcut == null ? x : shortcut.forward(tape, x));
            }
            var y = squeeze.forward(tape, conv2.forwardBiased(tape, h));
            return tape.apply(new Add(), y, shortcut == null ? x : shortcut.forward(tape, x));
          });
    }
  }

  /// @param weight of the linear layer `[embedding, side * side * channels]`
  FoldedIResNet(
      FoldedConvolution stem, Tensor slope, List<Block> blocks, Tensor weight, Tensor bias) {
    this.stem = stem;
    this.slope = slope;
    this.blocks = List.copyOf(blocks);
    this.weight = weight;
    this.bias = bias;
  }

  /// @param images as for [IResNet#forward]
  @Override
  public Tensor forward(Tape tape, Tensor images) {
    if (tape.training()) {
      throw new IllegalStateException("a folded network cannot be trained; train what it is from");
    }
    var x = tape.tidy(() -> stem.forwardPRelu(tape, images, slope));
    for (var block : blocks) {
      var y = block.forward(tape, x);
      tape.release(x);
      x = y;
    }
    var last = x;
    return tape.tidy(
        () -> {
          var flat = Shape.of(last.shape().dim(0), weight.shape().last());
          var h = tape.apply(new Reshape(flat), last);
          return tape.apply(new AddBias(), tape.apply(new MatMul(false, true), h, weight), bias);
        });
  }
}
