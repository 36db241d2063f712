package facet.kernels.cpu;

import facet.tensor.IntArray;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.GemmShape;
import facet.tensor.kernel.HistogramKernels;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The most similar row of another label, for every row. The similarities are computed in tiles,
/// each scanned while it is in cache; the whole matrix never exists.
final class RowHardestNegative {
  private static final int TILE_ROWS = 256;
  private static final int TILE_COLUMNS = 512;

  private final Workers workers;
  private final Lanes lanes;
  private final GemmKernels gemm;
  private final FloatStorage tile = FloatStorage.allocate(TILE_ROWS * TILE_COLUMNS);
  private int[] firstOf = {};
  private int[] order = {};

  RowHardestNegative(Workers workers, Lanes lanes, GemmKernels gemm) {
    this.workers = workers;
    this.lanes = lanes;
    this.gemm = gemm;
  }

  void forward(
      int rows, int columns, FloatStorage x, IntArray labels, FloatStorage value, IntArray argmax) {
    Arrays.fill(
        value.array(), value.offset(), value.offset() + rows, (float) HistogramKernels.NO_SAMPLE);
    Arrays.fill(argmax.array(), argmax.offset(), argmax.offset() + rows, -1);
    for (int i = 0; i < rows; i += TILE_ROWS) {
      var height = Math.min(TILE_ROWS, rows - i);
      var a = x.slice(i * columns, height * columns);
      for (int j = 0; j < rows; j += TILE_COLUMNS) {
        var width = Math.min(TILE_COLUMNS, rows - j);
        var b = x.slice(j * columns, width * columns);
        gemm.gemm(new GemmShape(false, true, height, width, columns), 1, a, b, 0, tile);
        scan(labels, i, height, j, width, value, argmax);
      }
    }
  }

  private void scan(
      IntArray labels, int i, int height, int j, int width, FloatStorage value, IntArray argmax) {
    workers.forEach(
        height,
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            scanRow(labels, i + r, tile.offset() + r * width, j, width, value, argmax);
          }
        });
  }

  /// Compares row `i` with the rows `j` to `j + width`; their similarities begin at `at` in the
  /// tile.
  private void scanRow(
      IntArray labels, int i, int at, int j, int width, FloatStorage value, IntArray argmax) {
    var sims = tile.array();
    var best = value.array()[value.offset() + i];
    var where = argmax.get(i);
    var label = labels.get(i);
    for (int k = 0; k < width; k++) {
      // With another label first: a maximum rises rarely, so this branch is well predicted.
      if ((sims[at + k] > best || where < 0) && labels.get(j + k) != label) {
        best = sims[at + k];
        where = j + k;
      }
    }
    value.array()[value.offset() + i] = best;
    argmax.set(i, where);
  }

  /// Sorts the rows by their `argmax` (a counting sort), so that each row finds those that chose
  /// it, then every row gathers in a fixed order.
  void backward(
      int rows,
      int columns,
      FloatStorage x,
      IntArray argmax,
      FloatStorage dvalue,
      FloatStorage dx) {
    sortByArgmax(rows, argmax);
    workers.forEach(
        rows,
        (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            var target = dx.offset() + i * columns;
            Arrays.fill(dx.array(), target, target + columns, 0);
            if (argmax.get(i) >= 0) {
              var factor = dvalue.array()[dvalue.offset() + i];
              axpy(factor, x, argmax.get(i), dx, i, columns);
            }
            for (int k = firstOf[i]; k < firstOf[i + 1]; k++) {
              var factor = dvalue.array()[dvalue.offset() + order[k]];
              axpy(factor, x, order[k], dx, i, columns);
            }
          }
        });
  }

  /// Afterwards `order[firstOf[i]] .. order[firstOf[i + 1] - 1]` are the rows whose argmax is `i`.
  private void sortByArgmax(int rows, IntArray argmax) {
    if (firstOf.length < rows + 2) {
      order = new int[rows];
      firstOf = new int[rows + 2];
    }
    Arrays.fill(firstOf, 0, rows + 2, 0);
    for (int k = 0; k < rows; k++) {
      if (argmax.get(k) >= 0) {
        firstOf[argmax.get(k) + 2]++;
      }
    }
    for (int i = 2; i < rows + 2; i++) {
      firstOf[i] += firstOf[i - 1];
    }
    for (int k = 0; k < rows; k++) {
      if (argmax.get(k) >= 0) {
        order[firstOf[argmax.get(k) + 1]++] = k;
      }
    }
  }

  /// Row `i` of `dx` += `factor` * row `j` of `x`.
  private void axpy(float factor, FloatStorage x, int j, FloatStorage dx, int i, int columns) {
    var s = lanes.floats();
    var xo = x.offset() + j * columns;
    var dxo = dx.offset() + i * columns;
    var factors = FloatVector.broadcast(s, factor);
    int c = 0;
    for (; c <= columns - s.length(); c += s.length()) {
      FloatVector.fromArray(s, x.array(), xo + c)
          .fma(factors, FloatVector.fromArray(s, dx.array(), dxo + c))
          .intoArray(dx.array(), dxo + c);
    }
    for (; c < columns; c++) {
      dx.array()[dxo + c] = Math.fma(x.array()[xo + c], factor, dx.array()[dxo + c]);
    }
  }
}
