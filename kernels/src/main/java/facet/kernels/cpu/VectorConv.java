package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.ConvKernels;
import org.jspecify.annotations.Nullable;

/// Convolution with float vectors: [ConvWinograd] for 3x3 kernels with stride 1, [ConvFewChannels]
/// for images of a few channels, [ConvImplicitGemm] for the rest.
final class VectorConv implements ConvKernels {
  private final ConvAlgorithm algorithm;
  private final ConvWinograd winograd;
  private final ConvFewChannels fewChannels;
  private final ConvImplicitGemm implicitGemm;

  VectorConv(Workers workers, Lanes lanes, VectorGemm gemm, ConvAlgorithm algorithm) {
    this.algorithm = algorithm;
    this.winograd = new ConvWinograd(workers, lanes);
    this.fewChannels = new ConvFewChannels(workers, lanes);
    this.implicitGemm = new ConvImplicitGemm(workers, lanes, gemm);
  }

  private boolean byWinograd(Conv2dShape s) {
    return algorithm == ConvAlgorithm.FASTEST && ConvWinograd.suits(s);
  }

  @Override
  public void forward(Conv2dShape s, Storage x, Storage w, Storage y) {
    if (byWinograd(s)) {
      winograd.forward(s, FloatStorage.of(x), FloatStorage.of(w), FloatStorage.of(y));
    } else if (fewChannels.suits(s)) {
      fewChannels.forward(s, FloatStorage.of(x), FloatStorage.of(w), FloatStorage.of(y));
    } else {
      implicitGemm.forward(s, FloatStorage.of(x), FloatStorage.of(w), FloatStorage.of(y));
    }
  }

  @Override
  public Fixed fixed(Storage w) {
    return new FixedWeights(FloatStorage.of(w));
  }

  /// Weights of inference, transformed or packed when that is first of use.
  private final class FixedWeights implements Fixed {
    private final FloatStorage w;
    private volatile float @Nullable [] transformed;
    private volatile VectorGemm.@Nullable Packed packed;

    FixedWeights(FloatStorage w) {
      this.w = w;
    }

    @Override
    public void forward(Conv2dShape s, Storage x, Storage y) {
      if (algorithm == ConvAlgorithm.FASTEST && winograd.suitsFixed(s)) {
        var u = transformed;
        if (u == null) {
          u = winograd.transformed(s, w);
          transformed = u;
        }
        winograd.forward(s, FloatStorage.of(x), u, FloatStorage.of(y));
      } else if (fewChannels.suits(s)) {
        VectorConv.this.forward(s, x, w, y);
      } else {
        var panels = packed;
        if (panels == null) {
          panels = implicitGemm.packed(s, w);
          packed = panels;
        }
        implicitGemm.forward(s, FloatStorage.of(x), panels, FloatStorage.of(y));
      }
    }
  }

  @Override
  public void backwardData(Conv2dShape s, Storage dy, Storage w, Storage dx) {
    if (byWinograd(s)) {
      winograd.backwardData(s, FloatStorage.of(dy), FloatStorage.of(w), FloatStorage.of(dx));
    } else {
      implicitGemm.backwardData(s, FloatStorage.of(dy), FloatStorage.of(w), FloatStorage.of(dx));
    }
  }

  @Override
  public void backwardWeight(Conv2dShape s, Storage x, Storage dy, Storage dw) {
    if (byWinograd(s)) {
      winograd.backwardWeight(s, FloatStorage.of(x), FloatStorage.of(dy), FloatStorage.of(dw));
    } else if (fewChannels.suits(s)) {
      fewChannels.backwardWeight(s, FloatStorage.of(x), FloatStorage.of(dy), FloatStorage.of(dw));
    } else {
      implicitGemm.backwardWeight(s, FloatStorage.of(x), FloatStorage.of(dy), FloatStorage.of(dw));
    }
  }
}
