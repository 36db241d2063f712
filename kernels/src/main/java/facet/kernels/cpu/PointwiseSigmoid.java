package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// The logistic function of a range of elements.
final class PointwiseSigmoid {
  private final Lanes lanes;

  PointwiseSigmoid(Lanes lanes) {
    this.lanes = lanes;
  }

  void forward(FloatStorage x, FloatStorage y, int from, int end) {
    var s = lanes.floats();
    var one = FloatVector.broadcast(s, 1);
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      var e = VectorMath.exp(FloatVector.fromArray(s, x.array(), x.offset() + i).neg());
      one.div(e.add(1f)).intoArray(y.array(), y.offset() + i);
    }
    for (; i < end; i++) {
      y.array()[y.offset() + i] = (float) (1 / (1 + Math.exp(-x.array()[x.offset() + i])));
    }
  }

  /// From the values `y` of the function.
  void backward(FloatStorage y, FloatStorage dy, FloatStorage dx, int from, int end) {
    var s = lanes.floats();
    var one = FloatVector.broadcast(s, 1);
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      var v = FloatVector.fromArray(s, y.array(), y.offset() + i);
      FloatVector.fromArray(s, dy.array(), dy.offset() + i)
          .mul(v.mul(one.sub(v)))
          .intoArray(dx.array(), dx.offset() + i);
    }
    for (; i < end; i++) {
      var v = y.array()[y.offset() + i];
      dx.array()[dx.offset() + i] = dy.array()[dy.offset() + i] * (v * (1 - v));
    }
  }
}
