package facet.nn.loss;

import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;

/// A classifier of people by their embeddings, with a margin: [MarginHead] on one process,
/// [ShardedHead] on several or for very many people.
@FunctionalInterface
public interface Head {
  /// @param embeddings `[n, d]`, not normalised
  /// @param labels `[n]`, each less than the number of classes
  /// @return the scalar loss
  Tensor loss(Tape tape, Tensor embeddings, Ints labels);
}
