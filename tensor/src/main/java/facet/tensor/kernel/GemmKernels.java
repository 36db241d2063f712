package facet.tensor.kernel;

import facet.tensor.Storage;

/// General matrix multiplication.
public interface GemmKernels {
  /// `C = alpha * op(A) * op(B) + beta * C`, all row-major; `op(A)` is `[m, k]`, `op(B)` `[k, n]`,
  /// `C` `[m, n]`. A transposed operand is stored as `[k, m]` or `[n, k]`. With `beta == 0`, `C` is
  /// not read; with `k == 0` the product is zero.
  void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      Storage a,
      Storage b,
      double beta,
      Storage c);
}
