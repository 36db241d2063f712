package facet.tensor.kernel;

import facet.tensor.Storage;

/// General matrix multiplication.
public interface GemmKernels {
  /// `C = alpha * op(A) * op(B) + beta * C`, all row-major; `C` is `[m, n]`. With `beta == 0`, `C`
  /// is not read; with `k == 0` the product is zero.
  void gemm(GemmShape s, double alpha, Storage a, Storage b, double beta, Storage c);
}
