package facet.nn;

import facet.nn.MobileFaceNetSpec.Unit;
import facet.tensor.Scope;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A convolution with its batch norm and, where there is one, a PReLU.
final class ConvolutionUnit implements Layer {
  private final FoldableConvolution convolution;
  private final BatchNormalization norm;
  private final @Nullable Tensor slope;

  ConvolutionUnit(Parameters p, Unit unit) {
    var name = unit.name() + ".0";
    convolution =
        unit.groups() == 1
            ? new Convolution(
                p,
                name,
                unit.in(),
                unit.out(),
                unit.kernel(),
                unit.stride(),
                Initializer.kaimingFanOut())
            : new GroupedConvolution(
                p, name, unit.out(), unit.groups(), unit.kernel(), unit.stride(), unit.pad());
    norm = new BatchNormalization(p, unit.name() + ".1", unit.out());
    slope =
        unit.activated()
            ? p.vector(unit.name() + ".2.weight", unit.out(), Initializer.constant(0.25))
            : null;
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    var y = convolution.forward(tape, x);
    return slope == null ? norm.forward(tape, y) : norm.forwardPRelu(tape, y, slope);
  }

  /// With `residual` added, for a unit without a PReLU.
  Tensor forwardAdd(Tape tape, Tensor x, Tensor residual) {
    return norm.forwardAdd(tape, convolution.forward(tape, x), residual);
  }

  Folded folded(Scope scope) {
    return new Folded(convolution.folded(scope, norm.affine()), slope);
  }

  /// The same for inference.
  record Folded(FoldedConvolution convolution, @Nullable Tensor slope) {
    Tensor forward(Tape tape, Tensor x, @Nullable Tensor residual) {
      return residual != null
          ? convolution.forwardAdd(tape, x, residual)
          : slope != null
              ? convolution.forwardPRelu(tape, x, slope)
              : convolution.forwardBiased(tape, x);
    }
  }
}
