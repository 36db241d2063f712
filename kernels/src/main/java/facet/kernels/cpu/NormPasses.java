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

  /// Rows over which the sums of a vector of columns stay in registers: in memory, each would wait
  /// for its own store from row to row. So many of 256 elements stay in the first-level cache from
  /// one vector of columns to the next.
  private static final int BLOCK_ROWS = 16;

  private final Lanes lanes;

  NormPasses(Lanes lanes) {
    this.lanes = lanes;
  }

  /// Adds `d = x - shift` and `d^2` to two rows of sums, `stride` apart.
  void statistics(
      FloatStorage x,
      float[] shift,
      int offset,
      int rows,
      int width,
      float[] sums,
      int at,
      int stride) {
    var s = lanes.floats();
    var in = x.array();
    var at2 = at + stride;
    for (int r = 0; r < rows; r += BLOCK_ROWS) {
      var xo = x.offset() + offset + r * width;
      var length = Math.min(BLOCK_ROWS, rows - r) * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        var center = FloatVector.fromArray(s, shift, j);
        var sum = FloatVector.fromArray(s, sums, at + j);
        var squares = FloatVector.fromArray(s, sums, at2 + j);
        for (int i = j; i < length; i += width) {
          var d = FloatVector.fromArray(s, in, xo + i).sub(center);
          sum = sum.add(d);
          squares = d.fma(d, squares);
        }
        sum.intoArray(sums, at + j);
        squares.intoArray(sums, at2 + j);
      }
      for (; j < width; j++) {
        for (int i = j; i < length; i += width) {
          var d = in[xo + i] - shift[j];
          sums[at + j] += d;
          sums[at2 + j] = Math.fma(d, d, sums[at2 + j]);
        }
      }
    }
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
    var s = lanes.floats();
    var at2 = at + stride;
    for (int r = 0; r < rows; r += BLOCK_ROWS) {
      var xo = x.offset() + offset + r * width;
      var dyo = dy.offset() + offset + r * width;
      var length = Math.min(BLOCK_ROWS, rows - r) * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        var mean = FloatVector.fromArray(s, p, j);
        var sum = FloatVector.fromArray(s, sums, at + j);
        var product = FloatVector.fromArray(s, sums, at2 + j);
        for (int i = j; i < length; i += width) {
          var dz = FloatVector.fromArray(s, dy.array(), dyo + i);
          sum = sum.add(dz);
          product = dz.fma(FloatVector.fromArray(s, x.array(), xo + i).sub(mean), product);
        }
        sum.intoArray(sums, at + j);
        product.intoArray(sums, at2 + j);
      }
      for (; j < width; j++) {
        for (int i = j; i < length; i += width) {
          var dz = dy.array()[dyo + i];
          sums[at + j] += dz;
          sums[at2 + j] = Math.fma(dz, x.array()[xo + i] - p[j], sums[at2 + j]);
        }
      }
    }
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
    var at2 = at + stride;
    var at3 = at2 + stride;
    for (int r = 0; r < rows; r += BLOCK_ROWS) {
      var xo = x.offset() + offset + r * width;
      var dyo = dy.offset() + offset + r * width;
      var length = Math.min(BLOCK_ROWS, rows - r) * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
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
