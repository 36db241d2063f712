package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/// Gives every channel of a group the value of one of them.
final class ChannelSpread {
  private static final int GRAIN = 16384;

  private final Workers workers;
  private final Lanes lanes;

  ChannelSpread(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
  }

  /// `y[i] = x[i - i mod per + k]`, for as many elements as `y` has, a multiple of `per`.
  void apply(FloatStorage x, int per, int k, FloatStorage y) {
    var grain = GRAIN / per * per;
    workers.forEach(
        y.length(),
        Math.max(grain, per),
        (from, to, worker) -> {
          if (lanes.count() % per == 0) {
            vectors(x, per, k, y, from, to);
          } else {
            elements(x, per, k, y, from, to);
          }
        });
  }

  /// From a multiple of `per` on.
  private void vectors(FloatStorage x, int per, int k, FloatStorage y, int from, int to) {
    var s = lanes.floats();
    var shuffle = VectorShuffle.fromOp(s, lane -> lane - lane % per + k);
    int i = from;
    for (; i <= to - s.length(); i += s.length()) {
      FloatVector.fromArray(s, x.array(), x.offset() + i)
          .rearrange(shuffle)
          .intoArray(y.array(), y.offset() + i);
    }
    elements(x, per, k, y, i, to);
  }

  private static void elements(FloatStorage x, int per, int k, FloatStorage y, int from, int to) {
    for (int i = from; i < to; i++) {
      y.array()[y.offset() + i] = x.array()[x.offset() + i - i % per + k];
    }
  }
}
