package facet.nn;

import facet.nn.IResNetVariant.BlockNames;
import facet.tensor.Scope;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.AveragePool2d;
import org.jspecify.annotations.Nullable;

/// What a [ResidualBlock] adds to its result.
sealed interface Shortcut extends Layer {
  /// The block's input.
  record Identity() implements Shortcut {
    @Override
    public Tensor forward(Tape tape, Tensor x) {
      return x;
    }
  }

  /// Every `stride`-th pixel of it: a pool over windows of one pixel.
  record Subsampled(int stride) implements Shortcut {
    @Override
    public Tensor forward(Tape tape, Tensor x) {
      return tape.apply(new AveragePool2d(1, stride, 0), x);
    }
  }

  /// A 1x1 convolution of it, normalised.
  record Projected(Convolution convolution, BatchNormalization norm) implements Shortcut {
    @Override
    public Tensor forward(Tape tape, Tensor x) {
      return norm.forward(tape, convolution.forward(tape, x));
    }
  }

  /// The shortcut of a block, with its parameters.
  static Shortcut of(
      Parameters p,
      IResNetVariant variant,
      BlockNames names,
      int in,
      int out,
      int stride,
      Initializer initializer) {
    if (stride == 1 && in == out) {
      return new Identity();
    }
    if (variant.subsamples() && in == out) {
      return new Subsampled(stride);
    }
    return new Projected(
        new Convolution(p, names.shortcut(), in, out, 1, stride, initializer),
        new BatchNormalization(p, names.shortcutNorm(), out));
  }

  /// The same for inference: null for the block's input itself.
  ///
  /// @param last the shift of a projection's norm is added to the shift of this one, which is
  ///     applied to the other summand
  default @Nullable Layer folded(Scope scope, Affine last) {
    return switch (this) {
      case Identity _ -> null;
      case Subsampled subsampled -> subsampled;
      case Projected(var convolution, var norm) -> {
        var affine = norm.affine();
        for (var c = 0; c < last.shift().length; c++) {
          last.shift()[c] += affine.shift()[c];
        }
        yield convolution.folded(scope, affine)::forward;
      }
    };
  }

  /// The same for inference, with its own shift: null for the block's input itself.
  default @Nullable Layer foldedAlone(Scope scope) {
    return switch (this) {
      case Identity _ -> null;
      case Subsampled subsampled -> subsampled;
      case Projected(var convolution, var norm) ->
          convolution.folded(scope, norm.affine())::forwardBiased;
    };
  }
}
