package facet.kernels.cpu;

import facet.tensor.kernel.CounterRandom;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Dropout of a range of elements.
final class PointwiseDropout {
  private final Lanes lanes;

  PointwiseDropout(Lanes lanes) {
    this.lanes = lanes;
  }

  void apply(double rate, long seed, FloatStorage x, FloatStorage y, int from, int end) {
    var s = lanes.floats();
    var low = CounterRandom.low(seed);
    var high = CounterRandom.high(seed);
    // uniform < rate, in units of 2^-24: both sides are integers.
    var dropped = (int) Math.ceil(rate * (1 << 24));
    var keep = (float) (1 / (1 - rate));
    var zero = FloatVector.zero(s);
    var lane = zero.reinterpretAsInts().addIndex(1);
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      var uniform = bits(low, high, lane.add(i)).lanewise(VectorOperators.LSHR, 8);
      var kept = uniform.compare(VectorOperators.GE, dropped).cast(s);
      var scaled = FloatVector.fromArray(s, x.array(), x.offset() + i).mul(keep);
      zero.blend(scaled, kept).intoArray(y.array(), y.offset() + i);
    }
    for (; i < end; i++) {
      var kept = CounterRandom.bits(low, high, i) >>> 8 >= dropped;
      y.array()[y.offset() + i] = kept ? x.array()[x.offset() + i] * keep : 0;
    }
  }

  /// [CounterRandom#bits], lane by lane.
  private static IntVector bits(int low, int high, IntVector index) {
    var h = index.lanewise(VectorOperators.XOR, low);
    h = xorShift(h, 16).mul(0x7feb352d);
    h = xorShift(h, 15).mul(0x846ca68b);
    h = xorShift(h, 16).lanewise(VectorOperators.XOR, high);
    h = xorShift(h, 16).mul(0x7feb352d);
    h = xorShift(h, 15).mul(0x846ca68b);
    return xorShift(h, 16);
  }

  private static IntVector xorShift(IntVector h, int shift) {
    return h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, shift));
  }
}
