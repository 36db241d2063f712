package facet.tensor.kernel;

import facet.tensor.Storage;

/// 2-d convolution (cross-correlation) over NHWC images in groups of `per` channels, each of which
/// has as many channels of the result: with `g = c - c mod per`, the first channel of `c`'s group,
///
///     y[n,p,q,c] = sum over i,j,k of
///         x[n, p*stride - pad + i, q*stride - pad + j, g + k] * w[i,j,c,k]
///
/// With `per = 1` it is a depthwise convolution.
public interface GroupedConvKernels {
  void forward(GroupedConvShape s, Storage x, Storage w, Storage y);

  /// `dx`, the gradient of `x`.
  void backwardData(GroupedConvShape s, Storage dy, Storage w, Storage dx);

  /// `dw`, the gradient of the weight.
  void backwardWeight(GroupedConvShape s, Storage x, Storage dy, Storage dw);
}
