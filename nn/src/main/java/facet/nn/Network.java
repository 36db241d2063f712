package facet.nn;

import facet.tensor.Scope;

/// A network that turns images `[n, size, size, 3]` with values in [-1, 1] into embeddings `[n,
/// embedding]`, which are not normalised. [NetworkSpec] says which there are.
public interface Network extends Layer {
  NetworkSpec spec();

  /// The network as it is now for inference alone, with the batch norms folded into the weights
  /// beside them where that can be: the same embeddings but for rounding, in less time. Weights
  /// that change by it are copies in `scope`.
  Layer folded(Scope scope);
}
