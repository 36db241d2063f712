package facet.nn;

import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.AddBias;
import facet.tensor.op.MatMul;

/// `y = x weightᵀ + bias` with `weight [out, in]`, `bias [out]`, initialised as PyTorch does.
public final class Linear implements Module {
  private final Tensor weight;
  private final Tensor bias;

  /// @param layout `Flattened` if the input is a flattened image
  public Linear(Parameters parameters, String name, int in, int out, Parameter.Layout layout) {
    var initializer = Initializer.uniformFanIn(in);
    weight = parameters.weight(name + ".weight", Shape.of(out, in), layout, initializer);
    bias = parameters.vector(name + ".bias", out, initializer);
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return tape.apply(new AddBias(), tape.apply(new MatMul(false, true), x, weight), bias);
  }
}
