package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.GemmShape;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// [GemmKernels] by the handwritten kernels of `gemm.cu`, `gemm_tensor.cu` and `gemm_wgmma.cu`.
final class CudaGemm implements GemmKernels {
  private final Products products;
  private final List<Tiling.Tile> tiles;
  private final List<Map<Tiling.Tile, CudaKernel>> kernels; // nn, nt, tn, tt

  CudaGemm(Products products) {
    this.products = products;
    tiles = products.tiling().gemmTiles();
    kernels =
        Stream.of("gemm_nn", "gemm_nt", "gemm_tn", "gemm_tt")
            .map(name -> products.kernels(products.gemm(), name, tiles))
            .toList();
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
    var plan = products.plan(tiles, m, n, k, 1, (long) m * n);
    var direct = plan.direct() && alpha == 1 && beta == 0;
    // With k along the rows where an operand is packed anyway.
    var turnA = s.transposeA() && products.transposes(a);
    var turnB = !s.transposeB() && products.transposes(b);
    var acrossA = s.transposeA() && !turnA;
    var alongB = s.transposeB() || turnB;
    try (var left =
            turnA ? turned(a, k, m) : acrossA ? products.pack(a, k, m) : products.pack(a, m, k);
        var right =
            turnB ? turned(b, k, n) : alongB ? products.pack(b, n, k) : products.pack(b, k, n)) {
      var target = direct ? CudaStorage.of(c) : products.partials(plan);
      var kernels = this.kernels.get((acrossA ? 2 : 0) + (alongB ? 1 : 0));
      var kernel = Objects.requireNonNull(kernels.get(plan.tile())).begin();
      kernel.arg(left.address()).arg(right.address());
      products.result(kernel, target).arg(m).arg(n).arg(k).arg(left.stored()).arg(right.stored());
      products.ofType(target, kernel.arg(plan.splits().chunk()));
      plan.launch(kernel);
      if (!direct) {
        products.sum(target, plan.splits().count(), m, n, n, alpha, beta, c);
      }
    }
  }

  private Products.Packed turned(Storage matrix, int rows, int columns) {
    return products.packTransposed(matrix, rows, 1, columns);
  }
}
