package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.GemmShape;

/// [GemmKernels] as three loops.
final class ReferenceGemm implements GemmKernels {
  @Override
  public void gemm(GemmShape s, double alpha, Storage a, Storage b, double beta, Storage c) {
    var m = s.m();
    var n = s.n();
    var k = s.k();
    var left = DoubleStorage.of(a); // [m, k], transposed [k, m]
    var right = DoubleStorage.of(b); // [k, n], transposed [n, k]
    var out = DoubleStorage.of(c); // [m, n]
    for (var i = 0; i < m; i++) {
      for (var j = 0; j < n; j++) {
        var sum = 0.0;
        for (var l = 0; l < k; l++) {
          sum +=
              left.get(s.transposeA() ? l * m + i : i * k + l)
                  * right.get(s.transposeB() ? j * k + l : l * n + j);
        }
        var before = beta == 0 ? 0 : beta * out.get(i * n + j);
        out.set(i * n + j, alpha * sum + before);
      }
    }
  }
}
