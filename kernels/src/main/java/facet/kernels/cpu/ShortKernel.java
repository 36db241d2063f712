package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// Tiles of 6 (4) rows: 12 (8) accumulators for 16 vector registers, as AVX2 has them.
final class ShortKernel extends MicroKernel {
  ShortKernel(Lanes lanes) {
    super(lanes, 6, 4);
  }

  @Override
  void gemm(
      int k,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int bo1,
      int ldb,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
    int co1 = co + s.length();
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
    for (int left = k; left > 0; left--) {
      var b0 = FloatVector.fromArray(s, b, bo);
      var b1 = FloatVector.fromArray(s, b, bo1);
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
      x = FloatVector.broadcast(s, a[ao + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + 5]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      ao += lda;
      bo += ldb;
      bo1 += ldb;
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
  void rows(
      int blocks, float[] a, int ao, int aBlock, float[] b, int bo, float[] c, int co, int cBlock) {
    var s = lanes.floats();
    int width = s.length();
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
    int at = ao;
    int k = 0;
    for (int left = blocks * width; left > 0; left--) {
      var b0 = FloatVector.fromArray(s, b, bo);
      var b1 = FloatVector.fromArray(s, b, bo + width);
      var x = FloatVector.broadcast(s, a[at]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[at + width]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[at + 2 * width]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[at + 3 * width]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[at + 4 * width]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[at + 5 * width]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      bo += 2 * width;
      at++;
      if (++k == width) {
        k = 0;
        at += aBlock - width;
      }
    }
    int co1 = co + cBlock;
    c0.intoArray(c, co);
    d0.intoArray(c, co1);
    c1.intoArray(c, co + width);
    d1.intoArray(c, co1 + width);
    c2.intoArray(c, co + 2 * width);
    d2.intoArray(c, co1 + 2 * width);
    c3.intoArray(c, co + 3 * width);
    d3.intoArray(c, co1 + 3 * width);
    c4.intoArray(c, co + 4 * width);
    d4.intoArray(c, co1 + 4 * width);
    c5.intoArray(c, co + 5 * width);
    d5.intoArray(c, co1 + 5 * width);
  }

  @Override
  void correlate(
      int k,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int bo1,
      int ldb,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
    int co1 = co + s.length();
    var c0 = accumulate ? FloatVector.fromArray(s, c, co) : zero;
    var d0 = accumulate ? FloatVector.fromArray(s, c, co1) : zero;
    var c1 = accumulate ? FloatVector.fromArray(s, c, co + ldc) : zero;
    var d1 = accumulate ? FloatVector.fromArray(s, c, co1 + ldc) : zero;
    var c2 = accumulate ? FloatVector.fromArray(s, c, co + 2 * ldc) : zero;
    var d2 = accumulate ? FloatVector.fromArray(s, c, co1 + 2 * ldc) : zero;
    var c3 = accumulate ? FloatVector.fromArray(s, c, co + 3 * ldc) : zero;
    var d3 = accumulate ? FloatVector.fromArray(s, c, co1 + 3 * ldc) : zero;
    for (int left = k; left > 0; left--) {
      var b0 = FloatVector.fromArray(s, b, bo);
      var b1 = FloatVector.fromArray(s, b, bo1);
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
      ao += lda;
      bo += ldb;
      bo1 += ldb;
    }
    c0.intoArray(c, co);
    d0.intoArray(c, co1);
    c1.intoArray(c, co + ldc);
    d1.intoArray(c, co1 + ldc);
    c2.intoArray(c, co + 2 * ldc);
    d2.intoArray(c, co1 + 2 * ldc);
    c3.intoArray(c, co + 3 * ldc);
    d3.intoArray(c, co1 + 3 * ldc);
  }
}
