package facet.nn.loss;

import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import java.util.Map;

/// A loss that compares the images of one batch with each other, beside the margin softmax, which
/// compares each of them with the classes. The batch is laid out as [DdlBatch] says.
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

  /// The terms that the loss puts down, each as a scalar of its own, which has a gradient; nothing
  /// is remembered. A loss of several terms has to say each.
  default Map<String, Tensor> terms(Tape tape, Tensor embeddings, Ints labels) {
    var terms = new LossTerms();
    var loss = loss(tape, embeddings, labels, terms);
    return Map.of(terms.onlyName(), loss);
  }
}
