package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// Tiles of 6 rows: 12 accumulators for 16 vector registers, as AVX2 has them. That leaves four for
/// a row of `B` and elements of `A`. If the JIT loads more of them ahead, accumulators go through
/// memory, and a tile takes two to three times as long. It loads ahead within a basic block, and
/// more readily if the loop may be long, as it then nests it in a second one: hence the `break`s in
/// the middle of loops, and the minimum of `k` and a constant.
final class GemmAvx2Kernel extends GemmMicroKernel {
  /// Steps of a call of [#strip]: with three of them an iteration, few enough that the JIT does not
  /// nest the loop.
  private static final int LONGEST = 2048;

  /// Steps from which [#strip] is the faster one: it is not for the 27 of an image's 3x3 windows.
  private static final int SHORT = 48;

  /// Where no loop of [#strip] and [#interleaved] ends. The JIT does not know that: to it, a field
  /// is no constant.
  @SuppressWarnings("FieldMayBeFinal")
  private int never = -LONGEST;

  GemmAvx2Kernel(Lanes lanes) {
    super(lanes, 6, 4);
  }

  @Override
  void columns(int k, float[] a, int ao, float[] b, int bo, float[] c, int co, boolean accumulate) {
    var s = lanes.floats();
    int row = 2 * s.length();
    var zero = FloatVector.zero(s);
    int co1 = co + s.length();
    var c0 = accumulate ? FloatVector.fromArray(s, c, co) : zero;
    var d0 = accumulate ? FloatVector.fromArray(s, c, co1) : zero;
    var c1 = accumulate ? FloatVector.fromArray(s, c, co + row) : zero;
    var d1 = accumulate ? FloatVector.fromArray(s, c, co1 + row) : zero;
    var c2 = accumulate ? FloatVector.fromArray(s, c, co + 2 * row) : zero;
    var d2 = accumulate ? FloatVector.fromArray(s, c, co1 + 2 * row) : zero;
    var c3 = accumulate ? FloatVector.fromArray(s, c, co + 3 * row) : zero;
    var d3 = accumulate ? FloatVector.fromArray(s, c, co1 + 3 * row) : zero;
    int end = Math.min(k, DEPTH);
    for (int i = 0; i < end; i += 2) {
      var b0 = FloatVector.fromArray(s, b, bo);
      var b1 = FloatVector.fromArray(s, b, bo + s.length());
      var x = FloatVector.broadcast(s, a[ao]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[ao + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      if (i + 1 == end) {
        break;
      }
      b0 = FloatVector.fromArray(s, b, bo + row);
      b1 = FloatVector.fromArray(s, b, bo + row + s.length());
      x = FloatVector.broadcast(s, a[ao + row]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + row + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[ao + row + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + row + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      ao += 2 * row;
      bo += 2 * row;
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

  @Override
  void rows(
      int k,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    if (k < SHORT) {
      plain(k, a, ao, lda, b, bo, c, co, ldc, accumulate);
      return;
    }
    for (int i = 0; i < k; i += LONGEST) {
      int steps = Math.min(k - i, LONGEST);
      strip(steps, a, ao + i, lda, b, bo + i * width, c, co, ldc, accumulate || i > 0);
    }
  }

  /// [#rows] in a loop of one step, which begins and ends sooner: 33 instructions a step.
  private void plain(
      int k,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
    int co1 = co + s.length();
    int a0 = ao;
    int a1 = ao + lda;
    int a2 = ao + 2 * lda;
    int a3 = ao + 3 * lda;
    int a4 = ao + 4 * lda;
    int a5 = ao + 5 * lda;
    var c0 = accumulate ? FloatVector.fromArray(s, c, co) : zero;
    var d0 = accumulate ? FloatVector.fromArray(s, c, co1) : zero;
    var c1 = accumulate ? FloatVector.fromArray(s, c, co + ldc) : zero;
    var d1 = accumulate ? FloatVector.fromArray(s, c, co1 + ldc) : zero;
    var c2 = accumulate ? FloatVector.fromArray(s, c, co + 2 * ldc) : zero;
    var d2 = accumulate ? FloatVector.fromArray(s, c, co1 + 2 * ldc) : zero;
    var c3 = accumulate ? FloatVector.fromArray(s, c, co + 3 * ldc) : zero;
    var d3 = accumulate ? FloatVector.fromArray(s, c, co1 + 3 * ldc) : zero;
    var c4 = accumulate ? FloatVector.fromArray(s, c, co + 4 * ldc) : zero;
    var d4 = accumulate ? FloatVector.fromArray(s, c, co1 + 4 * ldc) : zero;
    var c5 = accumulate ? FloatVector.fromArray(s, c, co + 5 * ldc) : zero;
    var d5 = accumulate ? FloatVector.fromArray(s, c, co1 + 5 * ldc) : zero;
    for (int i = 0; i < k; i++) {
      var b0 = FloatVector.fromArray(s, b, bo);
      var b1 = FloatVector.fromArray(s, b, bo + s.length());
      var x = FloatVector.broadcast(s, a[a0 + i]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[a1 + i]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[a2 + i]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[a3 + i]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[a4 + i]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[a5 + i]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      bo += 2 * s.length();
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

  /// [#rows] of at most [#LONGEST] steps, three an iteration: 27 instructions a step. The last of
  /// them would free the registers of addresses, for which the JIT would load all rows at once;
  /// hence two blocks more, which end at tests that never hold.
  private void strip(
      int k,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
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
    int step = 2 * s.length();
    int a0 = ao;
    int a1 = ao + lda;
    int a2 = ao + 2 * lda;
    int a3 = ao + 3 * lda;
    int a4 = ao + 4 * lda;
    int a5 = ao + 5 * lda;
    int end = Math.min(k, LONGEST);
    int nowhere = never;
    for (int i = 0; i < end; i += 3) {
      var b0 = FloatVector.fromArray(s, b, bo + i * step);
      var b1 = FloatVector.fromArray(s, b, bo + i * step + s.length());
      var x = FloatVector.broadcast(s, a[a0 + i]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[a1 + i]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[a2 + i]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[a3 + i]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[a4 + i]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[a5 + i]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      if (i + 1 == end) {
        break;
      }
      b0 = FloatVector.fromArray(s, b, bo + (i + 1) * step);
      b1 = FloatVector.fromArray(s, b, bo + (i + 1) * step + s.length());
      x = FloatVector.broadcast(s, a[a0 + i + 1]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[a1 + i + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[a2 + i + 1]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[a3 + i + 1]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[a4 + i + 1]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[a5 + i + 1]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      if (i + 2 == end) {
        break;
      }
      b0 = FloatVector.fromArray(s, b, bo + (i + 2) * step);
      b1 = FloatVector.fromArray(s, b, bo + (i + 2) * step + s.length());
      x = FloatVector.broadcast(s, a[a0 + i + 2]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[a1 + i + 2]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      if (i == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[a2 + i + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[a3 + i + 2]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      if (i + 1 == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[a4 + i + 2]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[a5 + i + 2]);
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
    int step = roundUp(6, s.length()); // the pitch, as a number that the JIT knows
    int ratio = 2 * s.length() / step;
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
    int end = Math.min(k, DEPTH) * step;
    for (int i = 0; i < end; i += step) {
      var b0 = FloatVector.fromArray(s, b, bo + ratio * i);
      var b1 = FloatVector.fromArray(s, b, bo + ratio * i + s.length());
      var x = FloatVector.broadcast(s, a[ao + i]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + i + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      if (i == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      if (i + 1 == nowhere) {
        break;
      }
      x = FloatVector.broadcast(s, a[ao + i + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i + 5]);
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
