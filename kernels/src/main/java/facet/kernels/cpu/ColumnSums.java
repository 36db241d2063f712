package facet.kernels.cpu;

import java.util.Arrays;

/// Sums over the rows of a matrix, for every column: float vectors over a short stretch of rows,
/// double beyond it. The stretches depend on the matrix alone, and so does the order in which their
/// sums are added: the result has the same bits for any number of threads. The relative error of a
/// sum of positive terms is below 1e-6.
final class ColumnSums {
  /// Rows whose terms are added in float before the sum goes on in double.
  private static final int FLOAT_ROWS = 128;

  /// A chunk, the unit of parallel work, has at least this many rows.
  private static final int MIN_CHUNK = 32;

  private static final int MAX_CHUNKS = 64;

  private final Workers workers;
  private float[] floats = {};
  private double[] partial = {};
  private double[] total = {};

  ColumnSums(Workers workers) {
    this.workers = workers;
  }

  /// Adds the terms of `rows` adjacent rows of `width` elements, the first at element `offset`, to
  /// `sums`, where sum number k of element j of a row is at `at + k * wide.width() + j`.
  @FunctionalInterface
  interface Body {
    void add(int offset, int rows, int width, float[] sums, int at);
  }

  /// Runs `body` over the whole matrix, each element once.
  ///
  /// @param count how many sums a column has
  /// @return sum k of column c at `k * columns + c`, valid until the next call
  double[] of(WideRows wide, int count, Body body) {
    var columns = wide.columns();
    var perWorker = count * wide.width();
    var perChunk = count * columns;
    var chunks = Math.clamp(wide.rows() / MIN_CHUNK, 1, MAX_CHUNKS);
    reserve(perWorker, perChunk, chunks);
    Arrays.fill(total, 0, perChunk, 0);
    if (perChunk == 0) {
      return total;
    }
    workers.forEach(
        chunks,
        (from, to, worker) -> {
          for (int chunk = from; chunk < to; chunk++) {
            sumChunk(wide, count, body, chunk, chunks, worker * perWorker);
          }
        });
    for (int i = 0; i < chunks * perChunk; i += perChunk) {
      for (int j = 0; j < perChunk; j++) {
        total[j] += partial[i + j];
      }
    }
    return total;
  }

  private void sumChunk(WideRows wide, int count, Body body, int chunk, int chunks, int at) {
    var width = wide.width();
    var first = (int) ((long) wide.rows() * chunk / chunks);
    var end = (int) ((long) wide.rows() * (chunk + 1) / chunks);
    var sums = chunk * count * wide.columns();
    Arrays.fill(partial, sums, sums + count * wide.columns(), 0);
    for (int row = first; row < end; row += FLOAT_ROWS) {
      Arrays.fill(floats, at, at + count * width, 0);
      body.add(row * width, Math.min(FLOAT_ROWS, end - row), width, floats, at);
      fold(wide, count, at, sums);
    }
    if (chunk == chunks - 1 && wide.rest() > 0) {
      Arrays.fill(floats, at, at + count * width, 0);
      body.add(wide.rows() * width, 1, wide.rest(), floats, at);
      fold(wide, count, at, sums);
    }
  }

  /// Adds the float sums of a stretch to the chunk's double sums.
  private void fold(WideRows wide, int count, int at, int sums) {
    var columns = wide.columns();
    for (int k = 0; k < count; k++) {
      for (int j = 0; j < wide.width(); j += columns) {
        for (int c = 0; c < columns; c++) {
          partial[sums + k * columns + c] += floats[at + k * wide.width() + j + c];
        }
      }
    }
  }

  private void reserve(int perWorker, int perChunk, int chunks) {
    if (floats.length < perWorker * workers.count()) {
      floats = new float[perWorker * workers.count()];
    }
    if (partial.length < perChunk * chunks) {
      partial = new double[perChunk * chunks];
    }
    if (total.length < perChunk) {
      total = new double[perChunk];
    }
  }
}
