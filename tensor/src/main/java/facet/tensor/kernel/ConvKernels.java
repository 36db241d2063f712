package facet.tensor.kernel;

import facet.tensor.Storage;

/// 2-d convolution (cross-correlation) over NHWC images with OHWI weights:
///
///     y[n,p,q,o] = sum over i,j,c of x[n, p*stride - pad + i, q*stride - pad + j, c] * w[o,i,j,c]
public interface ConvKernels {
  void forward(Conv2dShape s, Storage x, Storage w, Storage y);

  /// [#forward] with weights that never change again.
  @FunctionalInterface
  interface Fixed {
    void forward(Conv2dShape s, Storage x, Storage y);
  }

  /// A convolution by `w`, whose content must stay as it is: a backend may keep another form of it.
  default Fixed fixed(Storage w) {
    return (s, x, y) -> forward(s, x, w, y);
  }

  /// `dx`, the gradient of `x`.
  void backwardData(Conv2dShape s, Storage dy, Storage w, Storage dx);

  /// `dw`, the gradient of the weight.
  void backwardWeight(Conv2dShape s, Storage x, Storage dy, Storage dw);
}
