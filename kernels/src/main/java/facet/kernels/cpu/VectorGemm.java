package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.SPARE;
import static facet.kernels.cpu.GemmMicroKernel.roundUp;

import facet.tensor.Storage;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.GemmShape;
import java.util.Arrays;

/// Matrix multiplication by blocks: a block of `B` is copied into panels that stay in the
/// second-level cache, then the micro-kernel takes `height` rows of `A` at a time over all of its
/// panels (after K. Goto, R. van de Geijn: *Anatomy of High-Performance Matrix Multiplication*,
/// 2008).
final class VectorGemm implements GemmKernels {
  /// Greatest `k` and columns of a block of `B`: 768 KB.
  private static final int BLOCK_K = 384;

  private static final int BLOCK_N = 512;

  /// Rows of `A` that are packed at once: a multiple of all heights of tiles.
  private static final int BLOCK_M = 120;

  /// An `A` with adjacent rows is packed, too, if more panels than these are multiplied by it: rows
  /// a power of two apart meet in few cache sets.
  private static final int FEW_PANELS = 2;

  /// Multiplications below which waking a second thread does not pay.
  private static final long WORTH_SHARING = 1 << 17;

  private static final int FIRST = FloatStorage.ALIGNED;

  private final Workers workers;
  private final Lanes lanes;
  private final GemmMicroKernel kernel;
  private final Scratch[] panelsA;
  private final Scratch[] panelsB;
  private final Scratch[] edges;
  private final Scratch[] parts;

  VectorGemm(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.kernel = GemmMicroKernel.of(lanes);
    this.panelsA = Scratch.perWorker(workers);
    this.panelsB = Scratch.perWorker(workers);
    this.edges = Scratch.perWorker(workers);
    this.parts = Scratch.perWorker(workers);
  }

  @Override
  public void gemm(GemmShape s, double alpha, Storage a, Storage b, double beta, Storage c) {
    var m = s.m();
    var n = s.n();
    var k = s.k();
    var out = FloatStorage.of(c);
    if (beta != 0 && beta != 1) {
      scale((float) beta, out.array(), out.offset(), m * n);
    }
    var left = FloatStorage.of(a);
    var right = FloatStorage.of(b);
    int depth = alpha == 0 ? 0 : k;
    if (!s.transposeA() && s.transposeB() && alpha == 1 && beta == 0 && m > 0 && n >= 4 * m) {
      turned(left, right, m, n, depth, out);
      return;
    }
    GemmOperand.Rows rows =
        s.transposeA()
            ? new GemmOperand.AcrossLines(lanes, left.array(), left.offset(), m)
            : new GemmOperand.AlongLines(left.array(), left.offset(), k);
    GemmOperand.Panels columns =
        s.transposeB()
            ? new GemmOperand.AlongLines(right.array(), right.offset(), k)
            : new GemmOperand.AcrossLines(lanes, right.array(), right.offset(), n);
    multiply(
        new Product(rows, columns, (float) alpha, m, n, depth),
        out.array(),
        out.offset(),
        beta != 0);
  }

  /// `A B^T` as the transpose of `B A^T`: with few rows in `A`, this way round it is the smaller
  /// factor that has to be transposed into panels.
  private void turned(FloatStorage a, FloatStorage b, int m, int n, int k, FloatStorage c) {
    var rows = new GemmOperand.AlongLines(b.array(), b.offset(), k);
    var columns = new GemmOperand.AlongLines(a.array(), a.offset(), k);
    var product = parts[0].atLeast(m * n);
    multiply(new Product(rows, columns, 1, n, m, k), product, FIRST, false);
    workers.forEach(
        m,
        Math.max(1, (1 << 14) / n),
        (from, to, worker) -> {
          for (int j0 = 0; j0 < n; j0 += 64) {
            for (int i = from; i < to; i++) {
              for (int j = j0; j < Math.min(n, j0 + 64); j++) {
                c.array()[c.offset() + i * n + j] = product[FIRST + j * m + i];
              }
            }
          }
        });
  }

  private void scale(float factor, float[] values, int offset, int count) {
    workers.forEach(
        count,
        1 << 14,
        (from, to, worker) -> {
          for (int i = offset + from; i < offset + to; i++) {
            values[i] *= factor;
          }
        });
  }

  /// What is multiplied: `alpha A [m, k] * B [k, n]`.
  record Product(GemmOperand.Rows a, GemmOperand.Panels b, float alpha, int m, int n, int k) {}

  /// `C (+)= alpha A B` with `C` row-major at `co`. Workers share the rows or the columns of `C`,
  /// whichever are more; or, where both are few, the steps of `k`.
  void multiply(Product p, float[] c, int co, boolean accumulate) {
    if (p.m == 0 || p.n == 0) {
      return;
    }
    if (p.k == 0) {
      if (!accumulate) {
        Arrays.fill(c, co, co + p.m * p.n, 0);
      }
      return;
    }
    boolean share = (long) p.m * p.n * p.k >= WORTH_SHARING;
    if (share && !accumulate && p.k >= 8L * (p.m + p.n)) {
      shareSteps(p, c, co);
    } else if (p.m >= p.n) {
      workers.forEach(
          p.m,
          share ? kernel.height : p.m,
          (from, to, worker) -> part(p, from, to, 0, p.n, 0, p.k, c, co, accumulate, worker));
    } else {
      workers.forEach(
          p.n,
          share ? kernel.width : p.n,
          (from, to, worker) -> part(p, 0, p.m, from, to, 0, p.k, c, co, accumulate, worker));
    }
  }

  /// Cuts `k` into a part a worker; the products are added in order.
  private void shareSteps(Product p, float[] c, int co) {
    int size = p.m * p.n;
    int count = Math.min(workers.count(), p.k / 2);
    workers.forEach(
        count,
        (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            int k0 = (int) ((long) p.k * i / count) & ~1;
            int k1 = i + 1 == count ? p.k : (int) ((long) p.k * (i + 1) / count) & ~1;
            float[] product = i == 0 ? c : parts[i].atLeast(size);
            part(p, 0, p.m, 0, p.n, k0, k1, product, i == 0 ? co : FIRST, false, worker);
          }
        });
    workers.forEach(
        size,
        1 << 14,
        (from, to, worker) -> {
          for (int part = 1; part < count; part++) {
            var product = parts[part].atLeast(size);
            for (int i = from; i < to; i++) {
              c[co + i] += product[FIRST + i];
            }
          }
        });
  }

  /// Rows `m0` to `m1` and columns `n0` to `n1` of the product over steps `k0` to `k1`.
  private void part(
      Product p,
      int m0,
      int m1,
      int n0,
      int n1,
      int k0,
      int k1,
      float[] c,
      int co,
      boolean accumulate,
      int worker) {
    int blockK = evenPart(k1 - k0, BLOCK_K);
    int blockN = Math.min(BLOCK_N, roundUp(n1 - n0, kernel.width));
    var packedB = panelsB[worker].atLeast(blockN * blockK + SPARE * kernel.width);
    for (int j = n0; j < n1; j += blockN) {
      int ns = Math.min(blockN, n1 - j);
      for (int l = k0; l < k1; l += blockK) {
        int ks = Math.min(blockK, k1 - l);
        p.b.panels(j, ns, l, ks, kernel.width, packedB, FIRST);
        if (p.alpha != 1) {
          scaleBlock(p.alpha, packedB, roundUp(ns, kernel.width) * ks);
        }
        for (int i = m0; i < m1; i += BLOCK_M) {
          int ms = Math.min(BLOCK_M, m1 - i);
          int to = co + i * p.n + j;
          block(p, i, ms, l, ks, packedB, ns, c, to, accumulate || l > k0, worker);
        }
      }
    }
  }

  private static void scaleBlock(float factor, float[] block, int count) {
    for (int i = FIRST; i < FIRST + count; i++) {
      block[i] *= factor;
    }
  }

  /// Rows `i` to `i + ms` of `A` times a packed block of `B`.
  private void block(
      Product p,
      int i,
      int ms,
      int l,
      int ks,
      float[] b,
      int ns,
      float[] c,
      int co,
      boolean accumulate,
      int worker) {
    int height = kernel.height;
    if (p.a instanceof GemmOperand.AlongLines a
        && p.m >= height
        && ns <= FEW_PANELS * kernel.width) {
      for (int r = 0; r < ms; r += height) {
        // Rows that are too few for a tile are its last ones.
        int first = Math.min(i + r, p.m - height);
        int ao = a.offset() + first * a.stride() + l;
        int rows = Math.min(height, ms - r);
        int skip = i + r - first;
        int to = co + r * p.n;
        strip(skip, rows, a.array(), ao, a.stride(), ks, b, ns, c, to, p.n, accumulate, worker);
      }
      return;
    }
    int lda = kernel.stride(ks);
    var packed = panelsA[worker].atLeast(BLOCK_M * lda + SPARE);
    p.a.rows(i, ms, l, ks, packed, FIRST, lda);
    for (int r = 0; r < ms; r += height) {
      int rows = Math.min(height, ms - r);
      int to = co + r * p.n;
      int ao = FIRST + r * lda;
      strip(0, rows, packed, ao, lda, ks, b, ns, c, to, p.n, accumulate, worker);
    }
  }

  /// Up to a tile's rows of `A` times all panels of `B`, a tile each. Rows `skip` to `skip + rows`
  /// of a tile belong to `C` at `co`.
  private void strip(
      int skip,
      int rows,
      float[] a,
      int ao,
      int lda,
      int ks,
      float[] b,
      int ns,
      float[] c,
      int co,
      int ldc,
      boolean accumulate,
      int worker) {
    int width = kernel.width;
    for (int j = 0; j < ns; j += width) {
      int bo = FIRST + j * ks;
      boolean whole = rows == kernel.height && j + width <= ns;
      float[] to = whole ? c : edges[worker].atLeast(kernel.height * width);
      int at = whole ? co + j : FIRST;
      int ldt = whole ? ldc : width;
      kernel.rows(ks, a, ao, lda, b, bo, to, at, ldt, whole && accumulate);
      if (!whole) {
        copyEdge(to, skip, rows, Math.min(width, ns - j), c, co + j, ldc, accumulate);
      }
    }
  }

  /// Copies what lies inside `C` of a tile that sticks out of it.
  private void copyEdge(
      float[] edge,
      int skip,
      int rows,
      int columns,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    for (int i = 0; i < rows; i++) {
      int from = FIRST + (skip + i) * kernel.width;
      int to = co + i * ldc;
      if (accumulate) {
        for (int j = 0; j < columns; j++) {
          c[to + j] += edge[from + j];
        }
      } else {
        System.arraycopy(edge, from, c, to, columns);
      }
    }
  }

  /// The size of equal parts of a length that are no longer than `greatest`; even, as a
  /// micro-kernel may take two steps at a time.
  private static int evenPart(int length, int greatest) {
    return roundUp(Math.ceilDiv(length, Math.ceilDiv(length, greatest)), 2);
  }
}
