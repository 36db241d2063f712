package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.GemmShape;

/// [GemmKernels] by the handwritten kernels of `gemm.cu`, `gemm_tensor.cu` and `gemm_wgmma.cu`.
final class CudaGemm implements GemmKernels {
  private final Products products;
  private final CudaKernel[] kernels; // nn, nt, tn, tt

  CudaGemm(Products products) {
    this.products = products;
    var tiling = products.tiling();
    var names = new String[] {"gemm_nn", "gemm_nt", "gemm_tn", "gemm_tt"};
    kernels = new CudaKernel[names.length];
    for (var i = 0; i < names.length; i++) {
      kernels[i] = products.gemm().kernel(names[i] + tiling.suffix()).allowShared(tiling.shared());
    }
  }

  @Override
  public void gemm(GemmShape s, double alpha, Storage a, Storage b, double beta, Storage c) {
    var m = s.m();
    var n = s.n();
    var k = s.k();
    if (m == 0 || n == 0) {
      return;
    }
    if (k == 0) {
      products.scale(m, n, beta, c);
      return;
    }
    var tiling = products.tiling();
    var tiles = Tiling.blocks(m, Tiling.WIDE) * Tiling.blocks(n, Tiling.WIDE);
    var splits = products.split(tiles, k, (long) m * n);
    var direct = splits.count() == 1 && alpha == 1 && beta == 0;
    try (var left = s.transposeA() ? products.pack(a, k, m) : products.pack(a, m, k);
        var right = s.transposeB() ? products.pack(b, n, k) : products.pack(b, k, n)) {
      var target = direct ? CudaStorage.of(c) : products.partials(splits, (long) m * n);
      var kernel = kernels[(s.transposeA() ? 2 : 0) + (s.transposeB() ? 1 : 0)].begin();
      kernel.arg(left.address()).arg(right.address());
      products.result(kernel, target).arg(m).arg(n).arg(k).arg(left.stored()).arg(right.stored());
      products.ofType(target, kernel.arg(splits.chunk()));
      var shared = tiling.shared();
      kernel.launch(tiles, splits.count(), 1, tiling.threads(), 1, shared);
      if (!direct) {
        products.sum(target, splits.count(), m, n, n, alpha, beta, c);
      }
    }
  }
}
