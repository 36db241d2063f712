package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// PReLU of a range of rows, with a slope for each column.
final class PointwisePRelu {
  private final Lanes lanes;

  PointwisePRelu(Lanes lanes) {
    this.lanes = lanes;
  }

  void forward(FloatStorage x, float[] slope, FloatStorage y, int offset, int rows, int width) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var xo = x.offset() + offset + r * width;
      var yo = y.offset() + offset + r * width;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        var v = FloatVector.fromArray(s, x.array(), xo + j);
        v.mul(FloatVector.fromArray(s, slope, j))
            .blend(v, v.compare(VectorOperators.GT, 0f))
            .intoArray(y.array(), yo + j);
      }
      for (; j < width; j++) {
        var v = x.array()[xo + j];
        y.array()[yo + j] = v > 0 ? v : slope[j] * v;
      }
    }
  }

  /// Also adds the gradient of the slopes to `dslope`, from `at` on.
  void backward(
      FloatStorage x,
      float[] slope,
      FloatStorage dy,
      FloatStorage dx,
      int offset,
      int rows,
      int width,
      float[] dslope,
      int at) {
    var s = lanes.floats();
    for (int r = 0; r < rows; r++) {
      var from = offset + r * width;
      var xo = x.offset() + from;
      var dyo = dy.offset() + from;
      var dxo = dx.offset() + from;
      int j = 0;
      for (; j <= width - s.length(); j += s.length()) {
        var v = FloatVector.fromArray(s, x.array(), xo + j);
        var g = FloatVector.fromArray(s, dy.array(), dyo + j);
        var positive = v.compare(VectorOperators.GT, 0f);
        g.mul(FloatVector.fromArray(s, slope, j)).blend(g, positive).intoArray(dx.array(), dxo + j);
        var sum = FloatVector.fromArray(s, dslope, at + j);
        g.fma(v, sum).blend(sum, positive).intoArray(dslope, at + j);
      }
      for (; j < width; j++) {
        var v = x.array()[xo + j];
        var g = dy.array()[dyo + j];
        dx.array()[dxo + j] = v > 0 ? g : g * slope[j];
        dslope[at + j] += v > 0 ? 0 : g * v;
      }
    }
  }
}
