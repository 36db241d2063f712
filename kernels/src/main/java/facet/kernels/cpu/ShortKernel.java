package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// Tiles of 6 rows: 12 accumulators for 16 vector registers, as AVX2 has them. That leaves four for
/// a row of `B` and elements of `A`. If the JIT loads more of them ahead, accumulators go through
/// memory, and a tile takes two to three times as long: hence one step at a time, where
/// [TallKernel] takes two, and tiles of 4 rows where the elements of `A` are adjacent.
final class ShortKernel extends MicroKernel {
  ShortKernel(Lanes lanes) {
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
    for (int i = 0; i < k; i++) {
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
      ao += row;
      bo += row;
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
}
