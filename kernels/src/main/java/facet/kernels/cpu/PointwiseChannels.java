package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// What is done by channels: a summand for each, a sum of each, a factor for each of every image.
final class PointwiseChannels {
  private final Lanes lanes;

  PointwiseChannels(Lanes lanes) {
    this.lanes = lanes;
  }

  /// `y = x + bias` for `rows` rows of `width` elements.
  void addBias(FloatStorage x, float[] bias, FloatStorage y, int offset, int rows, int width) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      var yo = y.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        FloatVector.fromArray(s, x.array(), xo + j)
            .add(FloatVector.fromArray(s, bias, j))
            .intoArray(y.array(), yo + j);
      }
      for (; j < width; j++) {
        y.array()[yo + j] = x.array()[xo + j] + bias[j];
      }
    }
  }

  /// Adds `rows` rows of `width` elements to `acc`, from `at` on.
  void sumRows(FloatStorage x, int offset, int rows, int width, float[] acc, int at) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        FloatVector.fromArray(s, acc, at + j)
            .add(FloatVector.fromArray(s, x.array(), xo + j))
            .intoArray(acc, at + j);
      }
      for (; j < width; j++) {
        acc[at + j] += x.array()[xo + j];
      }
    }
  }

  /// `y = x * factors` for one row of an image, all of them from their offsets on.
  void scaleRow(
      FloatStorage x, int from, FloatStorage factors, int at, FloatStorage y, int columns) {
    var s = lanes.floats();
    int c = 0;
    for (; c <= columns - s.length(); c += s.length()) {
      FloatVector.fromArray(s, x.array(), x.offset() + from + c)
          .mul(FloatVector.fromArray(s, factors.array(), factors.offset() + at + c))
          .intoArray(y.array(), y.offset() + from + c);
    }
    for (; c < columns; c++) {
      y.array()[y.offset() + from + c] =
          x.array()[x.offset() + from + c] * factors.array()[factors.offset() + at + c];
    }
  }

  /// The sums of `x * dy` over the `rows` of an image, which begins at element `from`, into `ds`
  /// from `at` on.
  void sumImage(
      FloatStorage x, FloatStorage dy, int from, int rows, int columns, FloatStorage ds, int at) {
    var s = lanes.floats();
    var xo = x.offset() + from;
    var dyo = dy.offset() + from;
    var end = rows * columns;
    int c = 0;
    for (; c <= columns - s.length(); c += s.length()) {
      var sum = FloatVector.zero(s);
      for (int i = c; i < end; i += columns) {
        sum =
            FloatVector.fromArray(s, x.array(), xo + i)
                .fma(FloatVector.fromArray(s, dy.array(), dyo + i), sum);
      }
      sum.intoArray(ds.array(), ds.offset() + at + c);
    }
    for (; c < columns; c++) {
      var sum = 0f;
      for (int i = c; i < end; i += columns) {
        sum = Math.fma(x.array()[xo + i], dy.array()[dyo + i], sum);
      }
      ds.array()[ds.offset() + at + c] = sum;
    }
  }
}
