package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// Tiles of 12 rows: 24 accumulators for 32 vector registers, as AVX-512 has them. More
/// than 24 sometimes fail to compile to vector code.
final class GemmAvx512Kernel extends GemmMicroKernel {
  GemmAvx512Kernel(Lanes lanes) {
    super(lanes, 12, 8);
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
    var c4 = accumulate ? FloatVector.fromArray(s, c, co + 4 * row) : zero;
    var d4 = accumulate ? FloatVector.fromArray(s, c, co1 + 4 * row) : zero;
    var c5 = accumulate ? FloatVector.fromArray(s, c, co + 5 * row) : zero;
    var d5 = accumulate ? FloatVector.fromArray(s, c, co1 + 5 * row) : zero;
    var c6 = accumulate ? FloatVector.fromArray(s, c, co + 6 * row) : zero;
    var d6 = accumulate ? FloatVector.fromArray(s, c, co1 + 6 * row) : zero;
    var c7 = accumulate ? FloatVector.fromArray(s, c, co + 7 * row) : zero;
    var d7 = accumulate ? FloatVector.fromArray(s, c, co1 + 7 * row) : zero;
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
      x = FloatVector.broadcast(s, a[ao + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + 5]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      x = FloatVector.broadcast(s, a[ao + 6]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[ao + 7]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
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
    c4.intoArray(c, co + 4 * row);
    d4.intoArray(c, co1 + 4 * row);
    c5.intoArray(c, co + 5 * row);
    d5.intoArray(c, co1 + 5 * row);
    c6.intoArray(c, co + 6 * row);
    d6.intoArray(c, co1 + 6 * row);
    c7.intoArray(c, co + 7 * row);
    d7.intoArray(c, co1 + 7 * row);
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
    int a6 = ao + 6 * lda;
    int a7 = ao + 7 * lda;
    int a8 = ao + 8 * lda;
    int a9 = ao + 9 * lda;
    int a10 = ao + 10 * lda;
    int a11 = ao + 11 * lda;
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
    var c6 = accumulate ? FloatVector.fromArray(s, c, co + 6 * ldc) : zero;
    var d6 = accumulate ? FloatVector.fromArray(s, c, co1 + 6 * ldc) : zero;
    var c7 = accumulate ? FloatVector.fromArray(s, c, co + 7 * ldc) : zero;
    var d7 = accumulate ? FloatVector.fromArray(s, c, co1 + 7 * ldc) : zero;
    var c8 = accumulate ? FloatVector.fromArray(s, c, co + 8 * ldc) : zero;
    var d8 = accumulate ? FloatVector.fromArray(s, c, co1 + 8 * ldc) : zero;
    var c9 = accumulate ? FloatVector.fromArray(s, c, co + 9 * ldc) : zero;
    var d9 = accumulate ? FloatVector.fromArray(s, c, co1 + 9 * ldc) : zero;
    var c10 = accumulate ? FloatVector.fromArray(s, c, co + 10 * ldc) : zero;
    var d10 = accumulate ? FloatVector.fromArray(s, c, co1 + 10 * ldc) : zero;
    var c11 = accumulate ? FloatVector.fromArray(s, c, co + 11 * ldc) : zero;
    var d11 = accumulate ? FloatVector.fromArray(s, c, co1 + 11 * ldc) : zero;
    int even = k & ~1;
    for (int i = 0; i < even; i += 2) {
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
      x = FloatVector.broadcast(s, a[a6 + i]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[a7 + i]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
      x = FloatVector.broadcast(s, a[a8 + i]);
      c8 = x.fma(b0, c8);
      d8 = x.fma(b1, d8);
      x = FloatVector.broadcast(s, a[a9 + i]);
      c9 = x.fma(b0, c9);
      d9 = x.fma(b1, d9);
      x = FloatVector.broadcast(s, a[a10 + i]);
      c10 = x.fma(b0, c10);
      d10 = x.fma(b1, d10);
      x = FloatVector.broadcast(s, a[a11 + i]);
      c11 = x.fma(b0, c11);
      d11 = x.fma(b1, d11);
      b0 = FloatVector.fromArray(s, b, bo + 2 * s.length());
      b1 = FloatVector.fromArray(s, b, bo + 3 * s.length());
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
      x = FloatVector.broadcast(s, a[a6 + i + 1]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[a7 + i + 1]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
      x = FloatVector.broadcast(s, a[a8 + i + 1]);
      c8 = x.fma(b0, c8);
      d8 = x.fma(b1, d8);
      x = FloatVector.broadcast(s, a[a9 + i + 1]);
      c9 = x.fma(b0, c9);
      d9 = x.fma(b1, d9);
      x = FloatVector.broadcast(s, a[a10 + i + 1]);
      c10 = x.fma(b0, c10);
      d10 = x.fma(b1, d10);
      x = FloatVector.broadcast(s, a[a11 + i + 1]);
      c11 = x.fma(b0, c11);
      d11 = x.fma(b1, d11);
      bo += 4 * s.length();
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
    c6.intoArray(c, co + 6 * ldc);
    d6.intoArray(c, co1 + 6 * ldc);
    c7.intoArray(c, co + 7 * ldc);
    d7.intoArray(c, co1 + 7 * ldc);
    c8.intoArray(c, co + 8 * ldc);
    d8.intoArray(c, co1 + 8 * ldc);
    c9.intoArray(c, co + 9 * ldc);
    d9.intoArray(c, co1 + 9 * ldc);
    c10.intoArray(c, co + 10 * ldc);
    d10.intoArray(c, co1 + 10 * ldc);
    c11.intoArray(c, co + 11 * ldc);
    d11.intoArray(c, co1 + 11 * ldc);
    if (even < k) {
      addStep(a, ao + even, lda, b, bo, c, co, ldc);
    }
  }

  /// The last step of [#rows] for an odd `k`: `C[i, j] += a[ao + i lda] * B[j]`.
  private void addStep(float[] a, int ao, int lda, float[] b, int bo, float[] c, int co, int ldc) {
    var s = lanes.floats();
    var b0 = FloatVector.fromArray(s, b, bo);
    var b1 = FloatVector.fromArray(s, b, bo + s.length());
    for (int i = 0; i < height; i++) {
      var x = FloatVector.broadcast(s, a[ao + i * lda]);
      int to = co + i * ldc;
      int to1 = to + s.length();
      x.fma(b0, FloatVector.fromArray(s, c, to)).intoArray(c, to);
      x.fma(b1, FloatVector.fromArray(s, c, to1)).intoArray(c, to1);
    }
  }

  @Override
  void interleaved(
      int k, float[] a, int ao, float[] b, int bo, float[] c, int co, int ldc, boolean accumulate) {
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
    var c6 = zero;
    var d6 = zero;
    var c7 = zero;
    var d7 = zero;
    var c8 = zero;
    var d8 = zero;
    var c9 = zero;
    var d9 = zero;
    var c10 = zero;
    var d10 = zero;
    var c11 = zero;
    var d11 = zero;
    int end = Math.min(k, DEPTH) * s.length();
    for (int i = 0; i < end; i += s.length()) {
      var b0 = FloatVector.fromArray(s, b, bo + 2 * i);
      var b1 = FloatVector.fromArray(s, b, bo + 2 * i + s.length());
      var x = FloatVector.broadcast(s, a[ao + i]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + i + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[ao + i + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[ao + i + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i + 5]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      x = FloatVector.broadcast(s, a[ao + i + 6]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[ao + i + 7]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
      x = FloatVector.broadcast(s, a[ao + i + 8]);
      c8 = x.fma(b0, c8);
      d8 = x.fma(b1, d8);
      x = FloatVector.broadcast(s, a[ao + i + 9]);
      c9 = x.fma(b0, c9);
      d9 = x.fma(b1, d9);
      x = FloatVector.broadcast(s, a[ao + i + 10]);
      c10 = x.fma(b0, c10);
      d10 = x.fma(b1, d10);
      x = FloatVector.broadcast(s, a[ao + i + 11]);
      c11 = x.fma(b0, c11);
      d11 = x.fma(b1, d11);
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
      c6 = c6.add(FloatVector.fromArray(s, c, co + 6 * ldc));
      d6 = d6.add(FloatVector.fromArray(s, c, co1 + 6 * ldc));
      c7 = c7.add(FloatVector.fromArray(s, c, co + 7 * ldc));
      d7 = d7.add(FloatVector.fromArray(s, c, co1 + 7 * ldc));
      c8 = c8.add(FloatVector.fromArray(s, c, co + 8 * ldc));
      d8 = d8.add(FloatVector.fromArray(s, c, co1 + 8 * ldc));
      c9 = c9.add(FloatVector.fromArray(s, c, co + 9 * ldc));
      d9 = d9.add(FloatVector.fromArray(s, c, co1 + 9 * ldc));
      c10 = c10.add(FloatVector.fromArray(s, c, co + 10 * ldc));
      d10 = d10.add(FloatVector.fromArray(s, c, co1 + 10 * ldc));
      c11 = c11.add(FloatVector.fromArray(s, c, co + 11 * ldc));
      d11 = d11.add(FloatVector.fromArray(s, c, co1 + 11 * ldc));
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
    c6.intoArray(c, co + 6 * ldc);
    d6.intoArray(c, co1 + 6 * ldc);
    c7.intoArray(c, co + 7 * ldc);
    d7.intoArray(c, co1 + 7 * ldc);
    c8.intoArray(c, co + 8 * ldc);
    d8.intoArray(c, co1 + 8 * ldc);
    c9.intoArray(c, co + 9 * ldc);
    d9.intoArray(c, co1 + 9 * ldc);
    c10.intoArray(c, co + 10 * ldc);
    d10.intoArray(c, co1 + 10 * ldc);
    c11.intoArray(c, co + 11 * ldc);
    d11.intoArray(c, co1 + 11 * ldc);
  }
}
