package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.GemmKernels;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Gemm without packing or tiles: the rows of `C` in parallel, each a sum of rows of `B` or, with a
/// transposed `B`, a row of dot products.
final class SimpleGemm implements GemmKernels {
  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;
  private float[] rows = {};

  SimpleGemm(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
  }

  @Override
  public void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      Storage a,
      Storage b,
      double beta,
      Storage c) {
    var left = FloatStorage.of(a);
    var right = FloatStorage.of(b);
    var out = FloatStorage.of(c);
    if (rows.length < (k + n) * workers.count()) {
      rows = new float[(k + n) * workers.count()];
    }
    workers.forEach(
        m,
        (from, to, worker) -> {
          int row = worker * (k + n);
          for (int i = from; i < to; i++) {
            for (int p = 0; p < k; p++) {
              rows[row + p] = left.array()[left.offset() + (transposeA ? p * m + i : i * k + p)];
            }
            product(transposeB, n, k, row, right, worker);
            for (int j = 0; j < n; j++) {
              var at = out.offset() + i * n + j;
              var old = beta == 0 ? 0 : beta * out.array()[at];
              out.array()[at] = (float) (alpha * rows[row + k + j] + old);
            }
          }
        });
  }

  /// `rows[row + k ..] = rows[row ..] * op(B)`.
  private void product(boolean transposeB, int n, int k, int row, FloatStorage b, int worker) {
    if (transposeB) {
      for (int j = 0; j < n; j++) {
        rows[row + k + j] =
            (float) sums.dot(rows, row, b.array(), b.offset() + j * k, k, worker);
      }
      return;
    }
    Arrays.fill(rows, row + k, row + k + n, 0);
    for (int p = 0; p < k; p++) {
      axpy(lanes, rows[row + p], b.array(), b.offset() + p * n, rows, row + k, n);
    }
  }

  /// `y += factor * x`.
  static void axpy(Lanes lanes, float factor, float[] x, int xo, float[] y, int yo, int n) {
    var s = lanes.floats();
    int i = 0;
    for (; i <= n - s.length(); i += s.length()) {
      FloatVector.fromArray(s, x, xo + i)
          .fma(FloatVector.broadcast(s, factor), FloatVector.fromArray(s, y, yo + i))
          .intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = Math.fma(x[xo + i], factor, y[yo + i]);
    }
  }
}
