package facet.nn.loss;

import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;

/// A loss that compares the images of one batch with each other, beside the margin softmax, which
/// compares each of them with the classes. The batch is laid out as [DdlLoss] says.
@FunctionalInterface
public interface BatchLoss {
  /// @param embeddings `[batch, d]`, not normalised
  /// @param labels who each image shows, in the same order
  /// @param terms where the loss puts down what it is the sum of
  /// @return the scalar loss
  Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms);

  /// The same, for those who ask for the sum only.
  default Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    return loss(tape, embeddings, labels, new LossTerms());
  }
}
