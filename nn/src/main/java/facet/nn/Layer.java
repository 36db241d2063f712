package facet.nn;

import facet.tensor.Tape;
import facet.tensor.Tensor;

/// A part of a network: a function of one tensor that owns parameters.
@FunctionalInterface
public interface Layer {
  Tensor forward(Tape tape, Tensor x);
}
