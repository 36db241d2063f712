package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.GemmKernels;
import java.util.Arrays;

/// Matrix multiplication by packing: blocks of both factors are copied into panels that the
/// micro-kernel reads one after the other, sized so that a panel of `B` stays in the first-level
/// cache and a block of `A` in the second (K. Goto, R. van de Geijn: *Anatomy of High-Performance
/// Matrix Multiplication*, 2008).
final class VectorGemm implements GemmKernels {
  private static final int BLOCK_K = 384;
  private static final int BLOCK_M = 240;
  private static final int BLOCK_N = 1024;

  /// Multiplications below which waking a second thread does not pay.
  private static final long WORTH_SHARING = 1 << 17;

  private static final int FIRST = FloatStorage.ALIGNED;

  private final Workers workers;
  private final MicroKernel kernel;
  private final Scratch[] panelsA;
  private final Scratch[] panelsB;
  private final Scratch[] edges;

  VectorGemm(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.kernel = MicroKernel.of(lanes);
    this.panelsA = Scratch.perWorker(workers);
    this.panelsB = Scratch.perWorker(workers);
    this.edges = Scratch.perWorker(workers);
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
    if (beta != 0 && beta != 1) {
      scale((float) beta, out, m * n);
    }
    multiply(
        new Operand.Matrix(left.array(), left.offset(), transposeA ? m : k, !transposeA, 1),
        new Operand.Matrix(
            right.array(), right.offset(), transposeB ? k : n, transposeB, (float) alpha),
        m,
        n,
        alpha == 0 ? 0 : k,
        out.array(),
        out.offset(),
        beta != 0);
  }

  private void scale(float factor, FloatStorage c, int count) {
    workers.forEach(
        count,
        1 << 14,
        (from, to, worker) -> {
          var values = c.array();
          for (int i = c.offset() + from; i < c.offset() + to; i++) {
            values[i] *= factor;
          }
        });
  }

  /// `C (+)= A B` with `C` row-major at `co`, shared among the workers along the longer side of
  /// `C`.
  void multiply(Operand a, Operand b, int m, int n, int k, float[] c, int co, boolean accumulate) {
    if (m == 0 || n == 0) {
      return;
    }
    if (k == 0) {
      if (!accumulate) {
        Arrays.fill(c, co, co + m * n, 0);
      }
      return;
    }
    boolean share = (long) m * n * k >= WORTH_SHARING;
    if (m >= n) {
      workers.forEach(
          m,
          share ? kernel.height : m,
          (from, to, worker) -> part(a, b, from, to, 0, n, n, k, c, co, accumulate, worker));
    } else {
      workers.forEach(
          n,
          share ? kernel.width : n,
          (from, to, worker) -> part(a, b, 0, m, from, to, n, k, c, co, accumulate, worker));
    }
  }

  /// Rows `m0` to `m1` and columns `n0` to `n1` of the product.
  private void part(
      Operand a,
      Operand b,
      int m0,
      int m1,
      int n0,
      int n1,
      int ldc,
      int k,
      float[] c,
      int co,
      boolean accumulate,
      int worker) {
    int blockM = BLOCK_M / kernel.height * kernel.height;
    int blockK = Math.min(k, BLOCK_K);
    var packedA =
        panelsA[worker].atLeast(roundUp(Math.min(m1 - m0, blockM), kernel.height) * blockK);
    var packedB =
        panelsB[worker].atLeast(roundUp(Math.min(n1 - n0, BLOCK_N), kernel.width) * blockK);
    for (int j = n0; j < n1; j += BLOCK_N) {
      int ns = Math.min(BLOCK_N, n1 - j);
      for (int l = 0; l < k; l += blockK) {
        int ks = Math.min(blockK, k - l);
        pack(b, j, ns, l, ks, kernel.width, packedB);
        for (int i = m0; i < m1; i += blockM) {
          int ms = Math.min(blockM, m1 - i);
          pack(a, i, ms, l, ks, kernel.height, packedA);
          block(
              ms, ns, ks, packedA, packedB, c, co + i * ldc + j, ldc, accumulate || l > 0, worker);
        }
      }
    }
  }

  private static void pack(Operand x, int line, int lines, int k, int ks, int width, float[] to) {
    for (int i = 0; i < lines; i += width) {
      x.pack(line + i, Math.min(width, lines - i), k, ks, width, to, FIRST + i * ks);
    }
  }

  /// One packed block of `A` times one of `B`.
  private void block(
      int ms,
      int ns,
      int ks,
      float[] a,
      float[] b,
      float[] c,
      int co,
      int ldc,
      boolean accumulate,
      int worker) {
    int height = kernel.height;
    int width = kernel.width;
    var edge = edges[worker].atLeast(height * width);
    for (int j = 0; j < ns; j += width) {
      int bo = FIRST + j * ks;
      int bo1 = bo + width / 2;
      for (int i = 0; i < ms; i += height) {
        int ao = FIRST + i * ks;
        int at = co + i * ldc + j;
        if (i + height <= ms && j + width <= ns) {
          kernel.gemm(ks, a, ao, height, b, bo, bo1, width, c, at, ldc, accumulate);
        } else {
          kernel.gemm(ks, a, ao, height, b, bo, bo1, width, edge, FIRST, width, false);
          int rows = Math.min(height, ms - i);
          copyEdge(edge, rows, Math.min(width, ns - j), c, at, ldc, accumulate);
        }
      }
    }
  }

  /// Copies what lies inside `C` of a tile that sticks out of it.
  private void copyEdge(
      float[] edge, int rows, int columns, float[] c, int co, int ldc, boolean accumulate) {
    for (int i = 0; i < rows; i++) {
      int from = FIRST + i * kernel.width;
      int to = co + i * ldc;
      for (int j = 0; j < columns; j++) {
        c[to + j] = accumulate ? c[to + j] + edge[from + j] : edge[from + j];
      }
    }
  }

  private static int roundUp(int count, int multiple) {
    return (count + multiple - 1) / multiple * multiple;
  }
}
