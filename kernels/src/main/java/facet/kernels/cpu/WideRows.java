package facet.kernels.cpu;

/// A matrix `[rows, columns]` of few columns seen as one of fewer, wider rows, so that a loop along
/// a row fills whole vectors: `width = fold * columns` adjacent elements are a row, a multiple of
/// the lane count if `fold > 1`. The up to `fold - 1` rows that are left over make a last, shorter
/// row.
///
/// What belongs to column `c` belongs to the elements `c, c + columns, c + 2 columns, ...` of a
/// wide row; [#repeat] lays out parameters so.
///
/// @param columns the columns of the matrix
/// @param width elements of a wide row
/// @param rows the number of wide rows
/// @param rest elements of the last, shorter row; 0 if there is none
record WideRows(int columns, int width, int rows, int rest) {
  /// Long enough that the overhead of a loop does not count.
  private static final int MIN_WIDTH = 256;

  /// A worker gets at least this many elements: about the time of waking it.
  private static final int GRAIN = 8192;

  static WideRows of(int rows, int columns, int lanes) {
    var fold = columns == 0 || columns >= MIN_WIDTH ? 1 : fold(columns, lanes);
    var width = fold * columns;
    return new WideRows(columns, width, rows / fold, rows % fold * columns);
  }

  /// The smallest number of rows that together fill whole vectors and at least [#MIN_WIDTH].
  private static int fold(int columns, int lanes) {
    var whole = lanes / gcd(columns, lanes);
    var times = (MIN_WIDTH + whole * columns - 1) / (whole * columns);
    return whole * times;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /// Work on `rows` adjacent rows of `width` elements, the first at element `offset`. (`width` is
  /// less than [WideRows#width] for the last, shorter row.)
  @FunctionalInterface
  interface Body {
    void run(int offset, int rows, int width);
  }

  /// Runs `body` over the whole matrix, each element once, cut at row boundaries.
  void forEach(Workers workers, Body body) {
    if (width == 0) {
      return;
    }
    var grain = (GRAIN + width - 1) / width;
    workers.forEach(rows, grain, (from, to, worker) -> body.run(from * width, to - from, width));
    if (rest > 0) {
      body.run(rows * width, 1, rest);
    }
  }

  /// Writes a parameter per column as a row of [#width] elements: `target[at + j] =
  /// source[offset + j % columns]`.
  void repeat(float[] source, int offset, float[] target, int at) {
    for (int j = 0; j < width; j += columns) {
      System.arraycopy(source, offset, target, at + j, columns);
    }
  }
}
