package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// Tiles of 6 rows: 12 accumulators for 16 vector registers, as AVX2 has them. That leaves four for
/// a row of `B` and elements of `A`. If the JIT loads more of them ahead, accumulators go through
/// memory, and a tile takes two to three times as long. It loads ahead within a basic block, and
/// more readily if the loop may be long, as it then nests it in a second one: hence the `break`s in
/// the middle of loops, and the minimum of `k` and a constant.
final class GemmAvx2Kernel extends GemmMicroKernel {
  /// Where no loop of [#rows] and [#interleaved] ends. The JIT does not know that: to it, a field
  /// is no constant.
  @SuppressWarnings("FieldMayBeFinal")
  private int never = -DEPTH;

  GemmAvx2Kernel(Lanes lanes) {
    super(lanes, 6, roundUp(6, lanes.count()), 4);
  }

  @Override
  void columns(
      int k,
      int strips,
      float[] a,
      int firstA,
      float[] b,
      int bo,
      float[] c,
      int firstC,
      boolean accumulate) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
    int row = 2 * s.length();
    int end = Math.min(k, DEPTH);
    for (int strip = 0; strip < strips; strip++) {
      int ao = firstA + strip * 4;
      int co = firstC + strip * 4 * row;
      var c0 = zero;
      var d0 = zero;
      var c1 = zero;
      var d1 = zero;
      var c2 = zero;
      var d2 = zero;
      var c3 = zero;
      var d3 = zero;
      for (int i = 0; i < end; i += 2) {
        var b0 = FloatVector.fromArray(s, b, bo + i * row);
        var b1 = FloatVector.fromArray(s, b, bo + i * row + s.length());
        var x = FloatVector.broadcast(s, a[ao + i * row]);
        c0 = x.fma(b0, c0);
        d0 = x.fma(b1, d0);
        x = FloatVector.broadcast(s, a[ao + i * row + 1]);
        c1 = x.fma(b0, c1);
        d1 = x.fma(b1, d1);
        x = FloatVector.broadcast(s, a[ao + i * row + 2]);
        c2 = x.fma(b0, c2);
        d2 = x.fma(b1, d2);
        x = FloatVector.broadcast(s, a[ao + i * row + 3]);
        c3 = x.fma(b0, c3);
        d3 = x.fma(b1, d3);
        if (i + 1 == end) {
          break;
        }
        b0 = FloatVector.fromArray(s, b, bo + (i + 1) * row);
        b1 = FloatVector.fromArray(s, b, bo + (i + 1) * row + s.length());
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row]);
        c0 = x.fma(b0, c0);
        d0 = x.fma(b1, d0);
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row + 1]);
        c1 = x.fma(b0, c1);
        d1 = x.fma(b1, d1);
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row + 2]);
        c2 = x.fma(b0, c2);
        d2 = x.fma(b1, d2);
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row + 3]);
        c3 = x.fma(b0, c3);
        d3 = x.fma(b1, d3);
      }
      int co1 = co + s.length();
      if (accumulate) {
        c0 = c0.add(FloatVector.fromArray(s, c, co));
        d0 = d0.add(FloatVector.fromArray(s, c, co1));
        c1 = c1.add(FloatVector.fromArray(s, c, co + row));
        d1 = d1.add(FloatVector.fromArray(s, c, co1 + row));
        c2 = c2.add(FloatVector.fromArray(s, c, co + 2 * row));
        d2 = d2.add(FloatVector.fromArray(s, c, co1 + 2 * row));
        c3 = c3.add(FloatVector.fromArray(s, c, co + 3 * row));
        d3 = d3.add(FloatVector.fromArray(s, c, co1 + 3 * row));
      }
      c0.intoArray(c, co);
      d0.intoArray(c, co1);
      c1.intoArray(c, co + row);
      d1.intoArray(c, co1 + row);
      c2.intoArray(c, co + 2 * row);
      d2.intoArray(c, co1 + 2 * row);
      c3.intoArray(c, co + 3 * row);
      d3.intoArray(c, co1 + 3 * row);
    }
  }

  @Override
  void rows(
      int k, float[] a, int ao, float[] b, int bo, float[] c, int co, int ldc, boolean accumulate) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
    int row = 2 * s.length();
    var c0 = zero;
    var d0 = zero;
    var c1 = zero;
    var d1 = zero;
    var c2 = zero;
    var d2 = zero;
    var c3 = zero;
    var d3 = zero;
    var c4 = zero;
    var d4 = zero;
    var c5 = zero;
    var d5 = zero;
    int nowhere = never;
    int end = Math.min(k, DEPTH);
    for (int i = 0; i < end; i += 2) {
      var b0 = FloatVector.fromArray(s, b, bo + i * row);
      var b1 = FloatVector.fromArray(s, b, bo + i * row + s.length());
      var x = FloatVector.broadcast(s, a[ao + i]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + i + PITCH]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      if (i == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i + 2 * PITCH]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i + 3 * PITCH]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      if (i == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i + 4 * PITCH]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i + 5 * PITCH]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      if (i + 1 == end) {
        break;
      }
      b0 = FloatVector.fromArray(s, b, bo + (i + 1) * row);
      b1 = FloatVector.fromArray(s, b, bo + (i + 1) * row + s.length());
      x = FloatVector.broadcast(s, a[ao + i + 1]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + i + PITCH + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      if (i + 1 == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i + 2 * PITCH + 1]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i + 3 * PITCH + 1]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      if (i + 1 == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i + 4 * PITCH + 1]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i + 5 * PITCH + 1]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
    }
    int co1 = co + s.length();
    if (accumulate) {
      c0 = c0.add(FloatVector.fromArray(s, c, co));
      d0 = d0.add(FloatVector.fromArray(s, c, co1));
      c1 = c1.add(FloatVector.fromArray(s, c, co + ldc));
      d1 = d1.add(FloatVector.fromArray(s, c, co1 + ldc));
      c2 = c2.add(FloatVector.fromArray(s, c, co + 2 * ldc));
      d2 = d2.add(FloatVector.fromArray(s, c, co1 + 2 * ldc));
      c3 = c3.add(FloatVector.fromArray(s, c, co + 3 * ldc));
      d3 = d3.add(FloatVector.fromArray(s, c, co1 + 3 * ldc));
      c4 = c4.add(FloatVector.fromArray(s, c, co + 4 * ldc));
      d4 = d4.add(FloatVector.fromArray(s, c, co1 + 4 * ldc));
      c5 = c5.add(FloatVector.fromArray(s, c, co + 5 * ldc));
      d5 = d5.add(FloatVector.fromArray(s, c, co1 + 5 * ldc));
    }
    c0.intoArray(c, co);
    d0.intoArray(c, co1);
    c1.intoArray(c, co + ldc);
    d1.intoArray(c, co1 + ldc);
    c2.intoArray(c, co + 2 * ldc);
    d2.intoArray(c, co1 + 2 * ldc);
    c3.intoArray(c, co + 3 * ldc);
    d3.intoArray(c, co1 + 3 * ldc);
    c4.intoArray(c, co + 4 * ldc);
    d4.intoArray(c, co1 + 4 * ldc);
    c5.intoArray(c, co + 5 * ldc);
    d5.intoArray(c, co1 + 5 * ldc);
  }

  @Override
  void interleaved(
      int k, float[] a, int ao, float[] b, int bo, float[] c, int co, int ldc, boolean accumulate) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
    int row = 2 * s.length();
    int step = roundUp(6, s.length()); // the pitch, as a number that the JIT knows
    var c0 = zero;
    var d0 = zero;
    var c1 = zero;
    var d1 = zero;
    var c2 = zero;
    var d2 = zero;
    var c3 = zero;
    var d3 = zero;
    var c4 = zero;
    var d4 = zero;
    var c5 = zero;
    var d5 = zero;
    int nowhere = never;
    int end = Math.min(k, DEPTH);
    for (int i = 0; i < end; i += 2) {
      var b0 = FloatVector.fromArray(s, b, bo + i * row);
      var b1 = FloatVector.fromArray(s, b, bo + i * row + s.length());
      var x = FloatVector.broadcast(s, a[ao + i * step]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + i * step + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      if (i == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i * step + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i * step + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      if (i == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i * step + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i * step + 5]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      if (i + 1 == end) {
        break;
      }
      b0 = FloatVector.fromArray(s, b, bo + (i + 1) * row);
      b1 = FloatVector.fromArray(s, b, bo + (i + 1) * row + s.length());
      x = FloatVector.broadcast(s, a[ao + (i + 1) * step]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * step + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      if (i + 1 == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + (i + 1) * step + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * step + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      if (i + 1 == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + (i + 1) * step + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * step + 5]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
    }
    int co1 = co + s.length();
    if (accumulate) {
      c0 = c0.add(FloatVector.fromArray(s, c, co));
      d0 = d0.add(FloatVector.fromArray(s, c, co1));
      c1 = c1.add(FloatVector.fromArray(s, c, co + ldc));
      d1 = d1.add(FloatVector.fromArray(s, c, co1 + ldc));
      c2 = c2.add(FloatVector.fromArray(s, c, co + 2 * ldc));
      d2 = d2.add(FloatVector.fromArray(s, c, co1 + 2 * ldc));
      c3 = c3.add(FloatVector.fromArray(s, c, co + 3 * ldc));
      d3 = d3.add(FloatVector.fromArray(s, c, co1 + 3 * ldc));
      c4 = c4.add(FloatVector.fromArray(s, c, co + 4 * ldc));
      d4 = d4.add(FloatVector.fromArray(s, c, co1 + 4 * ldc));
      c5 = c5.add(FloatVector.fromArray(s, c, co + 5 * ldc));
      d5 = d5.add(FloatVector.fromArray(s, c, co1 + 5 * ldc));
    }
    c0.intoArray(c, co);
    d0.intoArray(c, co1);
    c1.intoArray(c, co + ldc);
    d1.intoArray(c, co1 + ldc);
    c2.intoArray(c, co + 2 * ldc);
    d2.intoArray(c, co1 + 2 * ldc);
    c3.intoArray(c, co + 3 * ldc);
    d3.intoArray(c, co1 + 3 * ldc);
    c4.intoArray(c, co + 4 * ldc);
    d4.intoArray(c, co1 + 4 * ldc);
    c5.intoArray(c, co + 5 * ldc);
    d5.intoArray(c, co1 + 5 * ldc);
  }
}
