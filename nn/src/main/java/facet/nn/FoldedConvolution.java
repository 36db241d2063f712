package facet.nn;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.kernel.NormKernels.Epilogue;
import facet.tensor.kernel.NormKernels.Running;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// A convolution with the batch norm behind it folded in, for inference:
///
///     scale (w * x) + shift = (scale w) * x + shift
///
/// What remains is a bias, added in one pass in place, together with the PReLU or the residual.
/// A batch norm before a padded convolution cannot be folded: its padding would have to be `shift`
/// where it is 0.
final class FoldedConvolution {
  private final BiFunction<Tape, Tensor, Tensor> convolution;
  private final Tensor bias;
  private final Tensor one;
  private final Tensor zero;

  /// @param convolution by weights that are multiplied by `norm.scale` already
  FoldedConvolution(Scope scope, Affine norm, BiFunction<Tape, Tensor, Tensor> convolution) {
    this.convolution = convolution;
    var channels = Shape.of(norm.shift().length);
    bias = scope.of(channels, norm.shift());
    one = scope.full(channels, 1);
    zero = scope.zeros(channels);
  }

  /// The convolution without the bias.
  Tensor forward(Tape tape, Tensor x) {
    return convolution.apply(tape, x);
  }

  /// `conv(x) + bias`.
  Tensor forwardBiased(Tape tape, Tensor x) {
    return finish(forward(tape, x), null, null);
  }

  /// `prelu(conv(x) + bias)`.
  Tensor forwardPRelu(Tape tape, Tensor x, Tensor slope) {
    return finish(forward(tape, x), slope, null);
  }

  /// `conv(x) + bias + residual`.
  Tensor forwardAdd(Tape tape, Tensor x, Tensor residual) {
    return finish(forward(tape, x), null, residual);
  }

  /// The pass behind the convolution, as a normalisation that changes nothing but by its bias.
  /// Nothing is differentiated here, so it may overwrite `y`.
  private Tensor finish(Tensor y, @Nullable Tensor slope, @Nullable Tensor residual) {
    var epilogue =
        new Epilogue(
            one.storage(),
            bias.storage(),
            slope == null ? null : slope.storage(),
            residual == null ? null : residual.storage());
    var none = new Running(zero.storage(), one.storage(), 0);
    y.backend().kernels().norm().forwardInference(y.matrix(), epilogue, none, y.storage());
    return y;
  }
}
