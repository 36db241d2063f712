package facet.nn;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.AddBias;
import facet.tensor.op.MatMul;
import org.jspecify.annotations.Nullable;

/// `y = x weightᵀ + bias` with `weight [out, in]`, `bias [out]`, initialised as PyTorch does.
public final class Linear implements Layer {
  private final Tensor weight;
  private final @Nullable Tensor bias;

  private Linear(Tensor weight, @Nullable Tensor bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /// One without a bias, initialised by Kaiming's rule over its outputs.
  static Linear unbiased(Parameters parameters, String name, int in, int out) {
    var initializer = Initializer.normal(Math.sqrt(2.0 / out));
    return new Linear(parameters.weight(name + ".weight", Shape.of(out, in), initializer), null);
  }

  /// @param layout `Flattened` if the input is a flattened image
  public Linear(Parameters parameters, String name, int in, int out, Parameter.Layout layout) {
    this(
        parameters.weight(
            name + ".weight", Shape.of(out, in), layout, Initializer.uniformFanIn(in)),
        parameters.vector(name + ".bias", out, Initializer.uniformFanIn(in)));
  }

  /// The weight and bias of `after(linear(before(x)))`, where `before` is a function of each of the
  /// channels that lie innermost in `x`.
  Folded folded(Scope scope, Affine before, Affine after) {
    var w = weight.toDoubles();
    var b = bias == null ? new double[weight.shape().dim(0)] : bias.toDoubles();
    var in = weight.shape().last();
    var channels = before.scale().length;
    for (var o = 0; o < b.length; o++) {
      for (var i = 0; i < in; i++) {
        b[o] += w[o * in + i] * before.shift()[i % channels];
        w[o * in + i] *= before.scale()[i % channels] * after.scale()[o];
      }
      b[o] = after.scale()[o] * b[o] + after.shift()[o];
    }
    return new Folded(scope.of(weight.shape(), w), scope.of(Shape.of(b.length), b));
  }

  /// Weight and bias with neighbouring batch norms folded in.
  record Folded(Tensor weight, Tensor bias) {}

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    var y = tape.apply(new MatMul(false, true), x, weight);
    return bias == null ? y : tape.apply(new AddBias(), y, bias);
  }
}
