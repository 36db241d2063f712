package facet.nn.loss;

import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Normalize;

/// How embeddings are scaled before their inner products are taken.
final class Cosines {
  /// Shorter vectors are divided by this instead of their length: a vector of zeros has the cosine
  /// 0 with every other, and its gradient is finite and not so large that clipping would leave
  /// nothing of the rest of the batch. Embeddings and class weights are longer by orders of
  /// magnitude.
  static final double EPS = 1e-4;

  private Cosines() {}

  /// The rows of `x [n, d]`, each of length 1.
  static Tensor normalize(Tape tape, Tensor x) {
    return tape.apply(new Normalize(EPS), x);
  }
}
