package facet.nn;

import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.BatchNorm;
import facet.tensor.op.BatchNorm.Then;

/// Batch normalisation with running statistics: `weight`, `bias`, `running_mean`, `running_var`,
/// each `[channels]`. Normalises with the batch's statistics on a training tape, else with the
/// running ones.
public final class BatchNormalization implements Layer {
  static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  /// What is trained beside the statistics; the rest stays 1 and 0.
  public enum Trained {
    /// `weight` and `bias`.
    FULL,
    /// `bias`; the weight stays 1 but is in the file (insightface's `features` layer).
    BIAS,
    /// Neither, and neither is in the file.
    NONE
  }

  private final Tensor weight;
  private final Tensor bias;
  private final Tensor runningMean;
  private final Tensor runningVar;

  public BatchNormalization(Parameters parameters, String name, int channels, Trained trained) {
    weight =
        switch (trained) {
          case FULL -> parameters.vector(name + ".weight", channels, Initializer.constant(1));
          case BIAS -> parameters.constant(name + ".weight", channels, 1);
          case NONE -> parameters.unnamed(channels, 1);
        };
    bias =
        trained == Trained.NONE
            ? parameters.unnamed(channels, 0)
            : parameters.vector(name + ".bias", channels, Initializer.constant(0));
    runningMean = parameters.constant(name + ".running_mean", channels, 0);
    runningVar = parameters.constant(name + ".running_var", channels, 1);
  }

  public BatchNormalization(Parameters parameters, String name, int channels) {
    this(parameters, name, channels, Trained.FULL);
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return tape.apply(op(tape, Then.NOTHING), x, weight, bias);
  }

  /// Normalisation and PReLU with `slope [channels]` in one pass.
  public Tensor forwardPRelu(Tape tape, Tensor x, Tensor slope) {
    return tape.apply(op(tape, Then.PRELU), x, weight, bias, slope);
  }

  /// Normalisation and the addition of `residual` in one pass.
  public Tensor forwardAdd(Tape tape, Tensor x, Tensor residual) {
    return tape.apply(op(tape, Then.ADD), x, weight, bias, residual);
  }

  private BatchNorm op(Tape tape, Then then) {
    return new BatchNorm(then, tape.training(), EPS, MOMENTUM, runningMean, runningVar);
  }

  /// What it computes in inference.
  Affine affine() {
    var scale = weight.toDoubles();
    var shift = bias.toDoubles();
    var mean = runningMean.toDoubles();
    var var = runningVar.toDoubles();
    for (var c = 0; c < scale.length; c++) {
      scale[c] /= Math.sqrt(var[c] + EPS);
      shift[c] -= mean[c] * scale[c];
    }
    return new Affine(scale, shift);
  }
}
