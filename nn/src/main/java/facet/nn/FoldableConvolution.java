package facet.nn;

import facet.tensor.Scope;

/// A convolution that can become one with the batch norm behind it.
sealed interface FoldableConvolution extends Layer permits Convolution, GroupedConvolution {
  /// Itself and the batch norm behind it as one, for inference; its weights are in `scope`.
  FoldedConvolution folded(Scope scope, Affine norm);
}
