package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.SPARE;
import static facet.kernels.cpu.GemmMicroKernel.roundUp;
import static facet.kernels.cpu.GemmTiles.MOST_ROWS;

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

  /// Greatest size of a `B` that is packed as a whole: 16 MB.
  private static final int WHOLE_B = 1 << 22;

  /// Multiplications below which waking a second thread does not pay.
  private static final long WORTH_SHARING = 1 << 17;

  private static final int FIRST = FloatStorage.ALIGNED;

  private final Workers workers;
  private final Lanes lanes;
  private final GemmMicroKernel kernel;
  private final VectorSums sums;
  private final Scratch[] panelsB;
  private final Scratch wholeB = new Scratch();
  private final GemmTiles tiles;
  private final Scratch[] parts;

  VectorGemm(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.kernel = GemmMicroKernel.of(lanes);
    this.sums = new VectorSums(lanes, workers);
    this.panelsB = Scratch.perWorker(workers);
    this.tiles = new GemmTiles(workers, lanes, kernel);
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
      if (m == 1) {
        dots(left, right, n, depth, out);
      } else {
        turned(left, right, m, n, depth, out);
      }
      return;
    }
    GemmOperand.Left rows =
        s.transposeA()
            ? new GemmOperand.AcrossLines(lanes, left.array(), left.offset(), m)
            : new GemmOperand.AlongLines(left.array(), left.offset(), k);
    GemmOperand.Panels columns =
        s.transposeB()
            ? new GemmOperand.AlongLines(right.array(), right.offset(), k)
            : new GemmOperand.AcrossLines(lanes, right.array(), right.offset(), n);
    multiply(
        new Product(rows, columns, (float) alpha, m, n, depth),
        new Adjacent(out.array(), out.offset(), n),
        beta != 0);
  }

  /// `A B^T` of a single row: a dot product a column. Each element of `B` is needed once, so that
  /// panels of it would not pay.
  private void dots(FloatStorage a, FloatStorage b, int n, int k, FloatStorage c) {
    workers.forEach(
        n,
        Math.max(1, (1 << 14) / Math.max(1, k)),
        (from, to, worker) -> {
          for (int j = from; j < to; j++) {
            var dot = sums.dot(a.array(), a.offset(), b.array(), b.offset() + j * k, k, worker);
            c.array()[c.offset() + j] = (float) dot;
          }
        });
  }

  /// `A B^T` as the transpose of `B A^T`: with few rows in `A`, this way round it is the smaller
  /// factor that has to be transposed into panels.
  private void turned(FloatStorage a, FloatStorage b, int m, int n, int k, FloatStorage c) {
    var rows = new GemmOperand.AlongLines(b.array(), b.offset(), k);
    var columns = new GemmOperand.AlongLines(a.array(), a.offset(), k);
    var product = parts[0].atLeast(m * n);
    multiply(new Product(rows, columns, 1, n, m, k), new Adjacent(product, FIRST, m), false);
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
  record Product(GemmOperand.Left a, GemmOperand.Panels b, float alpha, int m, int n, int k) {}

  /// Where the rows of `C` lie.
  interface Output {
    float[] array();

    /// Where row `i` begins.
    int row(int i);

    /// Is called before `rows` rows from `row` on are first written to, once for every row.
    default void begin(int row, int rows) {}

    /// The distance of most neighbouring rows: a tile whose rows all are that far apart is written
    /// directly, any other one goes through memory of its own.
    int distance();
  }

  /// Rows of `distance` elements, one after the other.
  @SuppressWarnings("ArrayRecordComponent")
  record Adjacent(float[] array, int offset, int distance) implements Output {
    @Override
    public int row(int i) {
      return offset + i * distance;
    }
  }

  /// `C (+)= alpha A B`. Workers share the rows or the columns of `C`, whichever are more; or,
  /// where both are few, the steps of `k`.
  void multiply(Product p, Output c, boolean accumulate) {
    if (p.m == 0 || p.n == 0) {
      return;
    }
    if (p.k == 0) {
      if (!accumulate) {
        c.begin(0, p.m);
        clear(p, c);
      }
      return;
    }
    boolean share = worthSharing((long) p.m * p.n * p.k);
    if (share && !accumulate && p.k >= 8L * (p.m + p.n) && c instanceof Adjacent rows) {
      shareSteps(p, rows);
      return;
    }
    if (p.m >= p.n && p.n <= BLOCK_N && (long) p.n * p.k <= WHOLE_B) {
      var b = packed(p.b, p.alpha, p.n, p.k, wholeB, share);
      shareRows(p.a, b, p.m, c, accumulate, share);
      return;
    }
    c.begin(0, p.m);
    if (p.m >= p.n) {
      workers.forEach(
          p.m,
          share ? kernel.height : p.m,
          (from, to, worker) -> part(p, from, to, 0, p.n, 0, p.k, c, accumulate, worker));
    } else {
      workers.forEach(
          p.n,
          share ? kernel.width : p.n,
          (from, to, worker) -> part(p, 0, p.m, from, to, 0, p.k, c, accumulate, worker));
    }
  }

  static boolean worthSharing(long multiplications) {
    return multiplications >= WORTH_SHARING;
  }

  private void clear(Product p, Output c) {
    workers.forEach(
        p.m, Math.max(1, (1 << 14) / p.n), (from, to, worker) -> clear(c, p.n, from, to));
  }

  private static void clear(Output c, int n, int from, int to) {
    for (int i = from; i < to; i++) {
      int row = c.row(i);
      Arrays.fill(c.array(), row, row + n, 0);
    }
  }

  /// Cuts `k` into a part a worker; the products are added in order.
  private void shareSteps(Product p, Adjacent c) {
    int size = p.m * p.n;
    int count = Math.min(workers.count(), p.k / 2);
    workers.forEach(
        count,
        (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            int k0 = (int) ((long) p.k * i / count) & ~1;
            int k1 = i + 1 == count ? p.k : (int) ((long) p.k * (i + 1) / count) & ~1;
            var product = i == 0 ? c : new Adjacent(parts[i].atLeast(size), FIRST, p.n);
            part(p, 0, p.m, 0, p.n, k0, k1, product, false, worker);
          }
        });
    workers.forEach(
        size,
        1 << 14,
        (from, to, worker) -> {
          for (int part = 1; part < count; part++) {
            var product = parts[part].atLeast(size);
            for (int i = from; i < to; i++) {
              c.array[c.offset + i] += product[FIRST + i];
            }
          }
        });
  }

  /// A `B [k, n]` as panels, block by block of `k`.
  @SuppressWarnings("ArrayRecordComponent")
  record Packed(float[] array, int n, int k) {}

  /// All of `B` in an array of its own, for products that share it.
  Packed packed(GemmOperand.Panels b, int n, int k) {
    return packed(b, n, k, new Scratch());
  }

  /// Likewise in memory that is used again.
  Packed packed(GemmOperand.Panels b, int n, int k, Scratch scratch) {
    // An element costs as much as some multiplications.
    return packed(b, 1, n, k, scratch, worthSharing(8L * n * k));
  }

  private Packed packed(
      GemmOperand.Panels b, float alpha, int n, int k, Scratch scratch, boolean share) {
    int width = kernel.width;
    int blockK = evenPart(k, BLOCK_K);
    int columns = roundUp(n, width);
    var panels = scratch.atLeast(columns * k + SPARE * width);
    workers.forEach(
        columns / width,
        share ? 1 : columns,
        (from, to, worker) -> {
          int j = from * width;
          int ns = Math.min(to * width, n) - j;
          for (int l = 0; l < k; l += blockK) {
            int ks = Math.min(blockK, k - l);
            pack(b, alpha, j, ns, l, ks, panels, FIRST + l * columns + j * ks);
          }
        });
    return new Packed(panels, n, k);
  }

  /// `C = A B`, with `m` rows. Workers share the rows or the columns of `C`, whichever are more.
  void multiply(GemmOperand.Left a, Packed b, int m, Output c) {
    boolean share = worthSharing((long) m * b.n * b.k);
    if (m >= b.n) {
      shareRows(a, b, m, c, false, share);
    } else {
      workers.forEach(
          b.n,
          share ? kernel.width : b.n,
          (from, to, worker) -> whole(a, b, 0, m, from, to, c, false, worker));
    }
  }

  /// Rows `from` to `to` of `C = A B`, by one worker.
  void multiplyRows(GemmOperand.Left a, Packed b, int from, int to, Output c, int worker) {
    if (b.k == 0) {
      clear(c, b.n, from, to);
    } else {
      whole(a, b, from, to, 0, b.n, c, false, worker);
    }
  }

  private void shareRows(
      GemmOperand.Left a, Packed b, int m, Output c, boolean accumulate, boolean share) {
    workers.forEach(
        m,
        share ? kernel.height : m,
        (from, to, worker) -> whole(a, b, from, to, 0, b.n, c, accumulate, worker));
  }

  /// Rows `m0` to `m1` and columns `n0` to `n1` of a product, some rows at a time over all steps of
  /// `k`: their part of `C`, and of an image that `A` is the patches of, is read once and stays in
  /// the cache.
  private void whole(
      GemmOperand.Left a,
      Packed b,
      int m0,
      int m1,
      int n0,
      int n1,
      Output c,
      boolean accumulate,
      int worker) {
    int blockK = evenPart(b.k, BLOCK_K);
    int columns = roundUp(b.n, kernel.width);
    for (int i = m0; i < m1; i += MOST_ROWS) {
      int ms = Math.min(MOST_ROWS, m1 - i);
      if (n0 == 0) {
        c.begin(i, ms);
      }
      for (int l = 0; l < b.k; l += blockK) {
        int ks = Math.min(blockK, b.k - l);
        int bo = FIRST + l * columns + n0 * ks;
        tiles.block(a, i, ms, l, ks, b.array, bo, n0, n1 - n0, c, accumulate || l > 0, worker);
      }
    }
  }

  /// Columns `j` to `j + ns` of `alpha B` between `l` and `l + ks`, as panels.
  private void pack(
      GemmOperand.Panels b, float alpha, int j, int ns, int l, int ks, float[] to, int at) {
    b.panels(j, ns, l, ks, kernel.width, to, at);
    if (alpha != 1) {
      for (int i = at; i < at + roundUp(ns, kernel.width) * ks; i++) {
        to[i] *= alpha;
      }
    }
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
      Output c,
      boolean accumulate,
      int worker) {
    int blockK = evenPart(k1 - k0, BLOCK_K);
    int blockN = Math.min(BLOCK_N, roundUp(n1 - n0, kernel.width));
    var packedB = panelsB[worker].atLeast(blockN * blockK + SPARE * kernel.width);
    for (int j = n0; j < n1; j += blockN) {
      int ns = Math.min(blockN, n1 - j);
      for (int l = k0; l < k1; l += blockK) {
        int ks = Math.min(blockK, k1 - l);
        pack(p.b, p.alpha, j, ns, l, ks, packedB, FIRST);
        for (int i = m0; i < m1; i += MOST_ROWS) {
          int ms = Math.min(MOST_ROWS, m1 - i);
          tiles.block(p.a, i, ms, l, ks, packedB, FIRST, j, ns, c, accumulate || l > k0, worker);
        }
      }
    }
  }

  /// The size of equal parts of a length that are no longer than `greatest`; even, as a
  /// micro-kernel may take two steps at a time.
  private static int evenPart(int length, int greatest) {
    return length == 0 ? 0 : roundUp(Math.ceilDiv(length, Math.ceilDiv(length, greatest)), 2);
  }
}
