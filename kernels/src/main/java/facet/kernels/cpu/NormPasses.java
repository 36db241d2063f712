package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The loops of [VectorNorm] over `rows` adjacent rows of `width` elements, the first at element
/// `offset` (see [WideRows]). The parameters `p` are wide rows, number k at `k * stride`. With
/// `d = x - mean`:
///
///     z = d * scale + beta            scale = gamma * invStd
///     dx = scale * (dz + constant + linear * d)
///
/// Forward and backward compute `z` alike, to the last bit, and so agree on its sign.
final class NormPasses {
  static final int MEAN = 0;
  static final int SCALE = 1;
  static final int BETA = 2;
  static final int SLOPE = 3;
  static final int CONSTANT = 4;
  static final int LINEAR = 5;

  /// How many parameters there are.
  static final int PARAMS = 6;

  /// Rows of 256 elements that stay in the first-level cache from one strip of columns to the next.
  private static final int BLOCK_ROWS = 16;

  private final Lanes lanes;

  NormPasses(Lanes lanes) {
    this.lanes = lanes;
  }

  /// Adds `d = x - shift` and `d^2` to two rows of sums, `stride` apart.
  ///
  /// The sums of some columns stay in registers over some rows: in memory, each would wait for its
  /// own store from row to row.
  void statistics(
      FloatStorage x,
      float[] shift,
      int offset,
      int rows,
      int width,
      float[] sums,
      int at,
      int stride) {
    var n = lanes.count();
    for (int r = 0; r < rows; r += BLOCK_ROWS) {
      var xo = x.offset() + offset + r * width;
      var count = Math.min(BLOCK_ROWS, rows - r);
      int j = 0;
      for (; j <= width - 4 * n; j += 4 * n) {
        statistics4(x.array(), xo + j, count, width, shift, j, sums, at + j, at + stride + j);
      }
      for (; j < width; j++) {
        var sum = sums[at + j];
        var squares = sums[at + stride + j];
        for (int i = 0; i < count; i++) {
          var d = x.array()[xo + i * width + j] - shift[j];
          sum += d;
          squares = Math.fma(d, d, squares);
        }
        sums[at + j] = sum;
        sums[at + stride + j] = squares;
      }
    }
  }

  /// [#statistics] of four vectors of columns, those from `in[x]`, `shift[j]`, `sums[at]` and
  /// `sums[at2]` on.
  private void statistics4(
      float[] in, int x, int rows, int width, float[] shift, int j, float[] sums, int at, int at2) {
    var s = lanes.floats();
    var n = s.length();
    var shift0 = FloatVector.fromArray(s, shift, j);
    var shift1 = FloatVector.fromArray(s, shift, j + n);
    var shift2 = FloatVector.fromArray(s, shift, j + 2 * n);
    var shift3 = FloatVector.fromArray(s, shift, j + 3 * n);
    var sum0 = FloatVector.fromArray(s, sums, at);
    var sum1 = FloatVector.fromArray(s, sums, at + n);
    var sum2 = FloatVector.fromArray(s, sums, at + 2 * n);
    var sum3 = FloatVector.fromArray(s, sums, at + 3 * n);
    var squares0 = FloatVector.fromArray(s, sums, at2);
    var squares1 = FloatVector.fromArray(s, sums, at2 + n);
    var squares2 = FloatVector.fromArray(s, sums, at2 + 2 * n);
    var squares3 = FloatVector.fromArray(s, sums, at2 + 3 * n);
    for (int r = 0; r < rows; r++) {
      var row = x + r * width;
      var d0 = FloatVector.fromArray(s, in, row).sub(shift0);
      var d1 = FloatVector.fromArray(s, in, row + n).sub(shift1);
      var d2 = FloatVector.fromArray(s, in, row + 2 * n).sub(shift2);
      var d3 = FloatVector.fromArray(s, in, row + 3 * n).sub(shift3);
      sum0 = sum0.add(d0);
      sum1 = sum1.add(d1);
      sum2 = sum2.add(d2);
      sum3 = sum3.add(d3);
      squares0 = d0.fma(d0, squares0);
      squares1 = d1.fma(d1, squares1);
      squares2 = d2.fma(d2, squares2);
      squares3 = d3.fma(d3, squares3);
    }
    sum0.intoArray(sums, at);
    sum1.intoArray(sums, at + n);
    sum2.intoArray(sums, at + 2 * n);
    sum3.intoArray(sums, at + 3 * n);
    squares0.intoArray(sums, at2);
    squares1.intoArray(sums, at2 + n);
    squares2.intoArray(sums, at2 + 2 * n);
    squares3.intoArray(sums, at2 + 3 * n);
  }

  /// `y = z`.
  void plain(
      FloatStorage x, float[] p, int stride, FloatStorage y, int offset, int rows, int width) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      var yo = y.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        z(FloatVector.fromArray(s, x.array(), xo + j), p, stride, j).intoArray(y.array(), yo + j);
      }
      for (; j < width; j++) {
        y.array()[yo + j] = z(x.array()[xo + j], p, stride, j);
      }
    }
  }

  /// `y = z + residual`.
  void residual(
      FloatStorage x,
      float[] p,
      int stride,
      FloatStorage residual,
      FloatStorage y,
      int offset,
      int rows,
      int width) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      var ro = residual.offset() + offset + r * width;
      var yo = y.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        z(FloatVector.fromArray(s, x.array(), xo + j), p, stride, j)
            .add(FloatVector.fromArray(s, residual.array(), ro + j))
            .intoArray(y.array(), yo + j);
      }
      for (; j < width; j++) {
        y.array()[yo + j] = z(x.array()[xo + j], p, stride, j) + residual.array()[ro + j];
      }
    }
  }

  /// `y = z if z > 0, else slope * z`.
  void prelu(
      FloatStorage x, float[] p, int stride, FloatStorage y, int offset, int rows, int width) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      var yo = y.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        var z = z(FloatVector.fromArray(s, x.array(), xo + j), p, stride, j);
        z.mul(FloatVector.fromArray(s, p, SLOPE * stride + j))
            .blend(z, z.compare(VectorOperators.GT, 0f))
            .intoArray(y.array(), yo + j);
      }
      for (; j < width; j++) {
        var z = z(x.array()[xo + j], p, stride, j);
        y.array()[yo + j] = z > 0 ? z : z * p[SLOPE * stride + j];
      }
    }
  }

  /// Adds `dy` and `dy d` to two rows of sums.
  void sums(
      FloatStorage x,
      float[] p,
      int stride,
      FloatStorage dy,
      int offset,
      int rows,
      int width,
      float[] sums,
      int at) {
    var n = lanes.count();
    var at2 = at + stride;
    for (int r = 0; r < rows; r += BLOCK_ROWS) {
      var xo = x.offset() + offset + r * width;
      var dyo = dy.offset() + offset + r * width;
      var count = Math.min(BLOCK_ROWS, rows - r);
      int j = 0;
      for (; j <= width - 2 * n; j += 2 * n) {
        sums2(x.array(), xo + j, dy.array(), dyo + j, count, width, p, j, sums, at + j, at2 + j);
      }
      for (; j < width; j++) {
        var sum = sums[at + j];
        var product = sums[at2 + j];
        for (int i = 0; i < count * width; i += width) {
          var dz = dy.array()[dyo + i + j];
          sum += dz;
          product = Math.fma(dz, x.array()[xo + i + j] - p[j], product);
        }
        sums[at + j] = sum;
        sums[at2 + j] = product;
      }
    }
  }

  /// [#sums] of two vectors of columns.
  private void sums2(
      float[] x,
      int xo,
      float[] dy,
      int dyo,
      int rows,
      int width,
      float[] p,
      int j,
      float[] sums,
      int at,
      int at2) {
    var s = lanes.floats();
    var n = s.length();
    var mean0 = FloatVector.fromArray(s, p, j);
    var mean1 = FloatVector.fromArray(s, p, j + n);
    var sum0 = FloatVector.fromArray(s, sums, at);
    var sum1 = FloatVector.fromArray(s, sums, at + n);
    var product0 = FloatVector.fromArray(s, sums, at2);
    var product1 = FloatVector.fromArray(s, sums, at2 + n);
    for (int i = 0; i < rows * width; i += width) {
      var dz0 = FloatVector.fromArray(s, dy, dyo + i);
      var dz1 = FloatVector.fromArray(s, dy, dyo + i + n);
      sum0 = sum0.add(dz0);
      sum1 = sum1.add(dz1);
      product0 = dz0.fma(FloatVector.fromArray(s, x, xo + i).sub(mean0), product0);
      product1 = dz1.fma(FloatVector.fromArray(s, x, xo + i + n).sub(mean1), product1);
    }
    sum0.intoArray(sums, at);
    sum1.intoArray(sums, at + n);
    product0.intoArray(sums, at2);
    product1.intoArray(sums, at2 + n);
  }

  /// Adds `dz`, `dz d` and `dy z [z <= 0]` to three rows of sums.
  void sumsPrelu(
      FloatStorage x,
      float[] p,
      int stride,
      FloatStorage dy,
      int offset,
      int rows,
      int width,
      float[] sums,
      int at) {
    var s = lanes.floats();
    var n = s.length();
    var at2 = at + stride;
    var at3 = at2 + stride;
    for (int r = 0; r < rows; r += BLOCK_ROWS) {
      var xo = x.offset() + offset + r * width;
      var dyo = dy.offset() + offset + r * width;
      var length = Math.min(BLOCK_ROWS, rows - r) * width;
      int j = 0;
      for (; j <= width - n; j += n) {
        var sum = FloatVector.fromArray(s, sums, at + j);
        var product = FloatVector.fromArray(s, sums, at2 + j);
        var dslope = FloatVector.fromArray(s, sums, at3 + j);
        var slope = FloatVector.fromArray(s, p, SLOPE * stride + j);
        for (int i = j; i < length; i += width) {
          var v = FloatVector.fromArray(s, x.array(), xo + i);
          var g = FloatVector.fromArray(s, dy.array(), dyo + i);
          var z = z(v, p, stride, j);
          var positive = z.compare(VectorOperators.GT, 0f);
          var dz = g.mul(slope).blend(g, positive);
          sum = sum.add(dz);
          product = dz.fma(v.sub(FloatVector.fromArray(s, p, j)), product);
          dslope = g.fma(z, dslope).blend(dslope, positive);
        }
        sum.intoArray(sums, at + j);
        product.intoArray(sums, at2 + j);
        dslope.intoArray(sums, at3 + j);
      }
      for (; j < width; j++) {
        for (int i = j; i < length; i += width) {
          var g = dy.array()[dyo + i];
          var z = z(x.array()[xo + i], p, stride, j);
          var dz = z > 0 ? g : g * p[SLOPE * stride + j];
          sums[at + j] += dz;
          sums[at2 + j] = Math.fma(dz, x.array()[xo + i] - p[j], sums[at2 + j]);
          sums[at3 + j] = z > 0 ? sums[at3 + j] : Math.fma(g, z, sums[at3 + j]);
        }
      }
    }
  }

  /// `dx` where `dz = dy`.
  void dx(
      FloatStorage x,
      float[] p,
      int stride,
      FloatStorage dy,
      FloatStorage dx,
      int offset,
      int rows,
      int width) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      var dyo = dy.offset() + offset + r * width;
      var dxo = dx.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        var v = FloatVector.fromArray(s, x.array(), xo + j);
        var dz = FloatVector.fromArray(s, dy.array(), dyo + j);
        dx(v, dz, p, stride, j).intoArray(dx.array(), dxo + j);
      }
      for (; j < width; j++) {
        dx.array()[dxo + j] = dx(x.array()[xo + j], dy.array()[dyo + j], p, stride, j);
      }
    }
  }

  /// `dx` where `dz = dy * (z > 0 ? 1 : slope)`.
  void dxPrelu(
      FloatStorage x,
      float[] p,
      int stride,
      FloatStorage dy,
      FloatStorage dx,
      int offset,
      int rows,
      int width) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      var dyo = dy.offset() + offset + r * width;
      var dxo = dx.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        var v = FloatVector.fromArray(s, x.array(), xo + j);
        var g = FloatVector.fromArray(s, dy.array(), dyo + j);
        var positive = z(v, p, stride, j).compare(VectorOperators.GT, 0f);
        var dz = g.mul(FloatVector.fromArray(s, p, SLOPE * stride + j)).blend(g, positive);
        dx(v, dz, p, stride, j).intoArray(dx.array(), dxo + j);
      }
      for (; j < width; j++) {
        var v = x.array()[xo + j];
        var g = dy.array()[dyo + j];
        var dz = z(v, p, stride, j) > 0 ? g : g * p[SLOPE * stride + j];
        dx.array()[dxo + j] = dx(v, dz, p, stride, j);
      }
    }
  }

  private FloatVector z(FloatVector x, float[] p, int stride, int j) {
    var s = lanes.floats();
    return x.sub(FloatVector.fromArray(s, p, j))
        .fma(
            FloatVector.fromArray(s, p, SCALE * stride + j),
            FloatVector.fromArray(s, p, BETA * stride + j));
  }

  private static float z(float x, float[] p, int stride, int j) {
    return Math.fma(x - p[j], p[SCALE * stride + j], p[BETA * stride + j]);
  }

  private FloatVector dx(FloatVector x, FloatVector dz, float[] p, int stride, int j) {
    var s = lanes.floats();
    var rest =
        x.sub(FloatVector.fromArray(s, p, j))
            .fma(
                FloatVector.fromArray(s, p, LINEAR * stride + j),
                FloatVector.fromArray(s, p, CONSTANT * stride + j));
    return dz.add(rest).mul(FloatVector.fromArray(s, p, SCALE * stride + j));
  }

  private static float dx(float x, float dz, float[] p, int stride, int j) {
    var rest = Math.fma(x - p[j], p[LINEAR * stride + j], p[CONSTANT * stride + j]);
    return (dz + rest) * p[SCALE * stride + j];
  }
}
