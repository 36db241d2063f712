package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// The tile transforms of Winograd's convolution F(4x4, 3x3) (A. Lavin, S. Gray: *Fast Algorithms
/// for Convolutional Neural Networks*, 2015), one vector of channels at a time:
///
///     y = At [ (G g Gt) . (Bt d B) ] A      d: 6x6 input, g: 3x3 weight, y: 4x4 output
///
/// with interpolation points 0, ±1/√2, ±√2, ∞. The usual 0, ±1, ±2, ∞ have twice the rounding error
/// and are no faster. Each two-dimensional transform maps the columns into scratch, then the rows.
/// A point's 36 results lie `xi` floats apart.
///
/// Every line method asks for the vector species itself: where the JIT does not inline it, a
/// species handed over would be no constant to it, and the line tens of times slower.
final class ConvWinogradTransforms {
  /// Side of the transformed tile.
  static final int SIDE = 6;

  /// Components of a transformed tile, each a matrix product of its own.
  static final int COMPONENTS = SIDE * SIDE;

  /// Side of an output tile.
  static final int TILE = 4;

  private static final float P = (float) Math.sqrt(0.5);
  private static final float Q = (float) Math.sqrt(2);
  private static final int FIRST = FloatStorage.ALIGNED;

  private final Lanes lanes;

  ConvWinogradTransforms(Lanes lanes) {
    this.lanes = lanes;
  }

  /// `V = Bt d B`: 6x6 pixels of the input.
  void input(float[] d, int at, int row, int pixel, float[] scratch, float[] v, int vo, int xi) {
    int lane = lanes.count();
    for (int j = 0; j < SIDE; j++) {
      inputLine(d, at + j * pixel, row, scratch, FIRST + j * lane, SIDE * lane);
    }
    for (int i = 0; i < SIDE; i++) {
      inputLine(scratch, FIRST + i * SIDE * lane, lane, v, vo + i * SIDE * xi, xi);
    }
  }

  /// `y = At M A`: 4x4 pixels of the output.
  void output(float[] m, int mo, int xi, float[] scratch, float[] y, int at, int row, int pixel) {
    int lane = lanes.count();
    for (int j = 0; j < SIDE; j++) {
      outputLine(m, mo + j * xi, SIDE * xi, scratch, FIRST + j * lane, SIDE * lane);
    }
    for (int i = 0; i < TILE; i++) {
      outputLine(scratch, FIRST + i * SIDE * lane, lane, y, at + i * row, pixel);
    }
  }

  /// `M = A dy At`, the transpose of [#output].
  void outputGradient(
      float[] dy, int at, int row, int pixel, float[] scratch, float[] m, int mo, int xi) {
    int lane = lanes.count();
    for (int j = 0; j < TILE; j++) {
      outputGradientLine(dy, at + j * pixel, row, scratch, FIRST + j * lane, TILE * lane);
    }
    for (int i = 0; i < SIDE; i++) {
      int from = FIRST + i * TILE * lane;
      outputGradientLine(scratch, from, lane, m, mo + i * SIDE * xi, xi);
    }
  }

  /// `U = G g Gt`: 3x3 taps, adjacent vectors.
  void weight(float[] g, int at, float[] scratch, float[] u, int uo, int xi) {
    int lane = lanes.count();
    for (int j = 0; j < 3; j++) {
      weightLine(g, at + j * lane, 3 * lane, scratch, FIRST + j * lane, 3 * lane);
    }
    for (int i = 0; i < SIDE; i++) {
      weightLine(scratch, FIRST + i * 3 * lane, lane, u, uo + i * SIDE * xi, xi);
    }
  }

  /// `dg = Gt dU G`, the transpose of [#weight].
  void weightGradient(float[] du, int uo, int xi, float[] scratch, float[] dg, int at, int tap) {
    int lane = lanes.count();
    for (int j = 0; j < SIDE; j++) {
      weightGradientLine(du, uo + j * xi, SIDE * xi, scratch, FIRST + j * lane, SIDE * lane);
    }
    for (int i = 0; i < 3; i++) {
      weightGradientLine(scratch, FIRST + i * SIDE * lane, lane, dg, at + i * 3 * tap, tap);
    }
  }

  private void inputLine(float[] d, int at, int step, float[] t, int to, int toStep) {
    var s = lanes.floats();
    var d0 = FloatVector.fromArray(s, d, at);
    var d1 = FloatVector.fromArray(s, d, at + step);
    var d2 = FloatVector.fromArray(s, d, at + 2 * step);
    var d3 = FloatVector.fromArray(s, d, at + 3 * step);
    var d4 = FloatVector.fromArray(s, d, at + 4 * step);
    var d5 = FloatVector.fromArray(s, d, at + 5 * step);
    var even1 = d2.fma(FloatVector.broadcast(s, -2f), d4);
    var odd1 = d1.fma(FloatVector.broadcast(s, -2f), d3);
    var even2 = d2.fma(FloatVector.broadcast(s, -0.5f), d4);
    var odd2 = d1.fma(FloatVector.broadcast(s, -0.5f), d3);
    d2.fma(FloatVector.broadcast(s, -2.5f), d0.add(d4)).intoArray(t, to);
    odd1.fma(FloatVector.broadcast(s, P), even1).intoArray(t, to + toStep);
    odd1.fma(FloatVector.broadcast(s, -P), even1).intoArray(t, to + 2 * toStep);
    odd2.fma(FloatVector.broadcast(s, Q), even2).intoArray(t, to + 3 * toStep);
    odd2.fma(FloatVector.broadcast(s, -Q), even2).intoArray(t, to + 4 * toStep);
    d3.fma(FloatVector.broadcast(s, -2.5f), d1.add(d5)).intoArray(t, to + 5 * toStep);
  }

  private void outputLine(float[] m, int at, int step, float[] t, int to, int toStep) {
    var s = lanes.floats();
    var m0 = FloatVector.fromArray(s, m, at);
    var m1 = FloatVector.fromArray(s, m, at + step);
    var m2 = FloatVector.fromArray(s, m, at + 2 * step);
    var m3 = FloatVector.fromArray(s, m, at + 3 * step);
    var m4 = FloatVector.fromArray(s, m, at + 4 * step);
    var m5 = FloatVector.fromArray(s, m, at + 5 * step);
    var even1 = m1.add(m2);
    var odd1 = m1.sub(m2).mul(P);
    var even2 = m3.add(m4);
    var odd2 = m3.sub(m4).mul(Q);
    m0.add(even1).add(even2).intoArray(t, to);
    odd1.add(odd2).intoArray(t, to + toStep);
    even2.fma(FloatVector.broadcast(s, 2f), even1.mul(0.5f)).intoArray(t, to + 2 * toStep);
    odd2.fma(FloatVector.broadcast(s, 2f), odd1.fma(FloatVector.broadcast(s, 0.5f), m5))
        .intoArray(t, to + 3 * toStep);
  }

  private void outputGradientLine(float[] y, int at, int step, float[] t, int to, int toStep) {
    var s = lanes.floats();
    var y0 = FloatVector.fromArray(s, y, at);
    var y1 = FloatVector.fromArray(s, y, at + step);
    var y2 = FloatVector.fromArray(s, y, at + 2 * step);
    var y3 = FloatVector.fromArray(s, y, at + 3 * step);
    var even1 = y2.fma(FloatVector.broadcast(s, 0.5f), y0);
    var odd1 = y3.fma(FloatVector.broadcast(s, 0.5f), y1).mul(P);
    var even2 = y2.fma(FloatVector.broadcast(s, 2f), y0);
    var odd2 = y3.fma(FloatVector.broadcast(s, 2f), y1).mul(Q);
    y0.intoArray(t, to);
    even1.add(odd1).intoArray(t, to + toStep);
    even1.sub(odd1).intoArray(t, to + 2 * toStep);
    even2.add(odd2).intoArray(t, to + 3 * toStep);
    even2.sub(odd2).intoArray(t, to + 4 * toStep);
    y3.intoArray(t, to + 5 * toStep);
  }

  private void weightLine(float[] g, int at, int step, float[] t, int to, int toStep) {
    var s = lanes.floats();
    var g0 = FloatVector.fromArray(s, g, at);
    var g1 = FloatVector.fromArray(s, g, at + step);
    var g2 = FloatVector.fromArray(s, g, at + 2 * step);
    var even1 = g2.fma(FloatVector.broadcast(s, -1 / 3f), g0.mul(-2 / 3f));
    var odd1 = g1.mul(P * 2 / 3);
    var even2 = g2.fma(FloatVector.broadcast(s, 1 / 3f), g0.mul(1 / 6f));
    var odd2 = g1.mul(Q / 6);
    g0.intoArray(t, to);
    even1.sub(odd1).intoArray(t, to + toStep);
    even1.add(odd1).intoArray(t, to + 2 * toStep);
    even2.add(odd2).intoArray(t, to + 3 * toStep);
    even2.sub(odd2).intoArray(t, to + 4 * toStep);
    g2.intoArray(t, to + 5 * toStep);
  }

  private void weightGradientLine(float[] u, int at, int step, float[] t, int to, int toStep) {
    var s = lanes.floats();
    var u0 = FloatVector.fromArray(s, u, at);
    var u1 = FloatVector.fromArray(s, u, at + step);
    var u2 = FloatVector.fromArray(s, u, at + 2 * step);
    var u3 = FloatVector.fromArray(s, u, at + 3 * step);
    var u4 = FloatVector.fromArray(s, u, at + 4 * step);
    var u5 = FloatVector.fromArray(s, u, at + 5 * step);
    var even1 = u1.add(u2);
    var odd1 = u2.sub(u1);
    var even2 = u3.add(u4);
    var odd2 = u3.sub(u4);
    even2.fma(FloatVector.broadcast(s, 1 / 6f), even1.mul(-2 / 3f)).add(u0).intoArray(t, to);
    odd2.fma(FloatVector.broadcast(s, Q / 6), odd1.mul(P * 2 / 3)).intoArray(t, to + toStep);
    even2.sub(even1).fma(FloatVector.broadcast(s, 1 / 3f), u5).intoArray(t, to + 2 * toStep);
  }
}
