package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.PITCH;
import static facet.kernels.cpu.GemmMicroKernel.SPARE;

/// Multiplies some rows of `A` by packed panels of `B`, a tile of `C` at a time. Tiles that hang
/// over the border of `C` go through memory of their own.
final class GemmTiles {
  /// Rows of `A` that are packed at once: a multiple of all heights of tiles.
  static final int MOST_ROWS = 120;

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

  /// Rows `i` to `i + ms`, at most [#MOST_ROWS], of `A`, between `l` and `l + ks`, times a packed
  /// block of `B`, its columns `j` to `j + ns`.
  void block(
      GemmOperand.Left left,
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
    int size = height * PITCH;
    var packed = panels[worker].atLeast(MOST_ROWS / height * size + SPARE);
    switch (left) {
      case GemmOperand.Rows rows -> rows.rows(i, ms, l, ks, packed, FIRST);
      case GemmOperand.Interleaved columns -> {
        size = kernel.pitch * ks;
        columns.strips(i, ms, l, ks, height, kernel.pitch, packed, FIRST);
      }
    }
    boolean interleaved = left instanceof GemmOperand.Interleaved;
    for (int r = 0; r < ms; r += height) {
      int count = Math.min(height, ms - r);
      int ao = FIRST + r / height * size;
      strip(interleaved, i + r, count, packed, ao, ks, b, bo, j, ns, c, accumulate, worker);
    }
  }

  /// Up to a tile's rows of `A` times all panels of `B`, a tile each, to rows `row` to `row + rows`
  /// of `C`.
  private void strip(
      boolean interleaved,
      int row,
      int rows,
      float[] a,
      int ao,
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
        tile(interleaved, ks, a, ao, b, panel, c.array(), co + j, ldc, accumulate);
      } else {
        float[] edge = edges[worker].atLeast(height * width);
        tile(interleaved, ks, a, ao, b, panel, edge, FIRST, width, false);
        copyEdge(edge, row, rows, column + j, Math.min(width, ns - j), c, accumulate);
      }
    }
  }

  private void tile(
      boolean interleaved,
      int ks,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    if (interleaved) {
      kernel.interleaved(ks, a, ao, b, bo, c, co, ldc, accumulate);
    } else {
      kernel.rows(ks, a, ao, b, bo, c, co, ldc, accumulate);
    }
  }

  /// Copies what lies inside `C` of a tile that is not a part of it.
  private void copyEdge(
      float[] edge,
      int row,
      int rows,
      int column,
      int columns,
      VectorGemm.Output c,
      boolean accumulate) {
    for (int i = 0; i < rows; i++) {
      int from = FIRST + i * kernel.width;
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
