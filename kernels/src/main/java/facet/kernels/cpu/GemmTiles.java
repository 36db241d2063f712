package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.SPARE;

/// Multiplies some rows of `A` by packed panels of `B`, a tile of `C` at a time. Tiles that hang
/// over the border of `C` go through memory of their own.
final class GemmTiles {
  /// Rows of `A` that are packed at once: a multiple of all heights of tiles.
  static final int MOST_ROWS = 120;

  /// An `A` with adjacent rows is packed, too, if more panels than these are multiplied by it: rows
  /// a power of two apart meet in few cache sets.
  private static final int FEW_PANELS = 2;

  /// Instead of a distance of rows: they are interleaved.
  private static final int INTERLEAVED = 0;

  private static final int FIRST = FloatStorage.ALIGNED;

  private final Lanes lanes;
  private final GemmMicroKernel kernel;
  private final Scratch[] panels;
  private final Scratch[] edges;

  GemmTiles(Workers workers, Lanes lanes, GemmMicroKernel kernel) {
    this.lanes = lanes;
    this.kernel = kernel;
    this.panels = Scratch.perWorker(workers);
    this.edges = Scratch.perWorker(workers);
  }

  /// Rows `i` to `i + ms`, at most [#MOST_ROWS], of the `m` of `A`, between `l` and `l + ks`, times
  /// a packed block of `B`, its columns `j` to `j + ns`.
  void block(
      GemmOperand.Left left,
      int m,
      int i,
      int ms,
      int l,
      int ks,
      float[] b,
      int bo,
      int j,
      int ns,
      VectorGemm.Output c,
      boolean accumulate,
      int worker) {
    int height = kernel.height;
    if (left instanceof GemmOperand.AlongLines a
        && m >= height
        && ns <= FEW_PANELS * kernel.width) {
      for (int r = i; r < i + ms; r += height) {
        // Rows that are too few for a tile are its last ones.
        int first = Math.min(r, m - height);
        int ao = a.offset() + first * a.stride() + l;
        int count = Math.min(height, i + ms - r);
        strip(
            r - first,
            r,
            count,
            a.array(),
            ao,
            a.stride(),
            ks,
            b,
            bo,
            j,
            ns,
            c,
            accumulate,
            worker);
      }
      return;
    }
    var packed = panels[worker].atLeast(MOST_ROWS / height * kernel.pitch * ks + SPARE);
    int size;
    int distance;
    switch (left) {
      case GemmOperand.Rows rows -> {
        size = height * ks;
        distance = ks;
        rows.rows(i, ms, l, ks, packed, FIRST, distance);
      }
      case GemmOperand.Interleaved columns -> {
        size = kernel.pitch * ks;
        distance = INTERLEAVED;
        columns.strips(i, ms, l, ks, height, kernel.pitch, packed, FIRST);
      }
    }
    for (int r = 0; r < ms; r += height) {
      int count = Math.min(height, ms - r);
      int ao = FIRST + r / height * size;
      strip(0, i + r, count, packed, ao, distance, ks, b, bo, j, ns, c, accumulate, worker);
    }
  }

  /// Up to a tile's rows of `A` times all panels of `B`, a tile each. Rows `skip` to `skip + rows`
  /// of a tile are rows `row` to `row + rows` of `C`.
  ///
  /// @param lda distance of the rows of `A`, or [#INTERLEAVED]
  private void strip(
      int skip,
      int row,
      int rows,
      float[] a,
      int ao,
      int lda,
      int ks,
      float[] b,
      int bo,
      int column,
      int ns,
      VectorGemm.Output c,
      boolean accumulate,
      int worker) {
    int width = kernel.width;
    int height = kernel.height;
    int co = c.row(row) + column;
    int ldc = c.distance();
    boolean straight =
        rows == height && c.row(row + height - 1) + column == co + (height - 1) * ldc;
    for (int j = 0; j < ns; j += width) {
      int panel = bo + j * ks;
      if (straight && j + width <= ns) {
        tile(ks, a, ao, lda, b, panel, c.array(), co + j, ldc, accumulate);
      } else {
        float[] edge = edges[worker].atLeast(height * width);
        tile(ks, a, ao, lda, b, panel, edge, FIRST, width, false);
        copyEdge(edge, skip, row, rows, column + j, Math.min(width, ns - j), c, accumulate);
      }
    }
  }

  private void tile(
      int ks,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    if (lda == INTERLEAVED) {
      kernel.interleaved(ks, a, ao, b, bo, c, co, ldc, accumulate);
    } else {
      kernel.rows(ks, a, ao, lda, b, bo, c, co, ldc, accumulate);
    }
  }

  /// Copies what lies inside `C` of a tile that is not a part of it.
  private void copyEdge(
      float[] edge,
      int skip,
      int row,
      int rows,
      int column,
      int columns,
      VectorGemm.Output c,
      boolean accumulate) {
    for (int i = 0; i < rows; i++) {
      int from = FIRST + (skip + i) * kernel.width;
      int to = c.row(row + i) + column;
      if (accumulate) {
        for (int j = 0; j < columns; j++) {
          c.array()[to + j] += edge[from + j];
        }
      } else {
        GemmOperand.copy(lanes, edge, from, columns, c.array(), to);
      }
    }
  }
}
