package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// Tiles of 12 rows: 24 accumulators for 32 vector registers, as AVX-512 has them. More
/// than 24 sometimes fail to compile to vector code.
///
/// A core issues four instructions a cycle and two multiply-adds; a step of a tile is 24 of them
/// and 14 loads, so that little else may be in a loop: hence two steps an iteration. Between them
/// is a test, as the JIT orders the instructions of a basic block by accumulators and loads ahead
/// what then has no register.
final class GemmAvx512Kernel extends GemmMicroKernel {
  GemmAvx512Kernel(Lanes lanes) {
    super(lanes, 12, 12, 8);
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
      int ao = firstA + strip * 8;
      int co = firstC + strip * 8 * row;
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
        x = FloatVector.broadcast(s, a[ao + i * row + 4]);
        c4 = x.fma(b0, c4);
        d4 = x.fma(b1, d4);
        x = FloatVector.broadcast(s, a[ao + i * row + 5]);
        c5 = x.fma(b0, c5);
        d5 = x.fma(b1, d5);
        x = FloatVector.broadcast(s, a[ao + i * row + 6]);
        c6 = x.fma(b0, c6);
        d6 = x.fma(b1, d6);
        x = FloatVector.broadcast(s, a[ao + i * row + 7]);
        c7 = x.fma(b0, c7);
        d7 = x.fma(b1, d7);
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
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row + 4]);
        c4 = x.fma(b0, c4);
        d4 = x.fma(b1, d4);
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row + 5]);
        c5 = x.fma(b0, c5);
        d5 = x.fma(b1, d5);
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row + 6]);
        c6 = x.fma(b0, c6);
        d6 = x.fma(b1, d6);
        x = FloatVector.broadcast(s, a[ao + (i + 1) * row + 7]);
        c7 = x.fma(b0, c7);
        d7 = x.fma(b1, d7);
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
        c4 = c4.add(FloatVector.fromArray(s, c, co + 4 * row));
        d4 = d4.add(FloatVector.fromArray(s, c, co1 + 4 * row));
        c5 = c5.add(FloatVector.fromArray(s, c, co + 5 * row));
        d5 = d5.add(FloatVector.fromArray(s, c, co1 + 5 * row));
        c6 = c6.add(FloatVector.fromArray(s, c, co + 6 * row));
        d6 = d6.add(FloatVector.fromArray(s, c, co1 + 6 * row));
        c7 = c7.add(FloatVector.fromArray(s, c, co + 7 * row));
        d7 = d7.add(FloatVector.fromArray(s, c, co1 + 7 * row));
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
      x = FloatVector.broadcast(s, a[ao + i + 2 * PITCH]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i + 3 * PITCH]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[ao + i + 4 * PITCH]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i + 5 * PITCH]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      x = FloatVector.broadcast(s, a[ao + i + 6 * PITCH]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[ao + i + 7 * PITCH]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
      x = FloatVector.broadcast(s, a[ao + i + 8 * PITCH]);
      c8 = x.fma(b0, c8);
      d8 = x.fma(b1, d8);
      x = FloatVector.broadcast(s, a[ao + i + 9 * PITCH]);
      c9 = x.fma(b0, c9);
      d9 = x.fma(b1, d9);
      x = FloatVector.broadcast(s, a[ao + i + 10 * PITCH]);
      c10 = x.fma(b0, c10);
      d10 = x.fma(b1, d10);
      x = FloatVector.broadcast(s, a[ao + i + 11 * PITCH]);
      c11 = x.fma(b0, c11);
      d11 = x.fma(b1, d11);
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
      x = FloatVector.broadcast(s, a[ao + i + 2 * PITCH + 1]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i + 3 * PITCH + 1]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[ao + i + 4 * PITCH + 1]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i + 5 * PITCH + 1]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      x = FloatVector.broadcast(s, a[ao + i + 6 * PITCH + 1]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[ao + i + 7 * PITCH + 1]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
      x = FloatVector.broadcast(s, a[ao + i + 8 * PITCH + 1]);
      c8 = x.fma(b0, c8);
      d8 = x.fma(b1, d8);
      x = FloatVector.broadcast(s, a[ao + i + 9 * PITCH + 1]);
      c9 = x.fma(b0, c9);
      d9 = x.fma(b1, d9);
      x = FloatVector.broadcast(s, a[ao + i + 10 * PITCH + 1]);
      c10 = x.fma(b0, c10);
      d10 = x.fma(b1, d10);
      x = FloatVector.broadcast(s, a[ao + i + 11 * PITCH + 1]);
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

  @Override
  void interleaved(
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
    int end = Math.min(k, DEPTH);
    for (int i = 0; i < end; i += 2) {
      var b0 = FloatVector.fromArray(s, b, bo + i * row);
      var b1 = FloatVector.fromArray(s, b, bo + i * row + s.length());
      var x = FloatVector.broadcast(s, a[ao + i * 12]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 5]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 6]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 7]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 8]);
      c8 = x.fma(b0, c8);
      d8 = x.fma(b1, d8);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 9]);
      c9 = x.fma(b0, c9);
      d9 = x.fma(b1, d9);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 10]);
      c10 = x.fma(b0, c10);
      d10 = x.fma(b1, d10);
      x = FloatVector.broadcast(s, a[ao + i * 12 + 11]);
      c11 = x.fma(b0, c11);
      d11 = x.fma(b1, d11);
      if (i + 1 == end) {
        break;
      }
      b0 = FloatVector.fromArray(s, b, bo + (i + 1) * row);
      b1 = FloatVector.fromArray(s, b, bo + (i + 1) * row + s.length());
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12]);
      c0 = x.fma(b0, c0);
      d0 = x.fma(b1, d0);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 1]);
      c1 = x.fma(b0, c1);
      d1 = x.fma(b1, d1);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 2]);
      c2 = x.fma(b0, c2);
      d2 = x.fma(b1, d2);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 3]);
      c3 = x.fma(b0, c3);
      d3 = x.fma(b1, d3);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 4]);
      c4 = x.fma(b0, c4);
      d4 = x.fma(b1, d4);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 5]);
      c5 = x.fma(b0, c5);
      d5 = x.fma(b1, d5);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 6]);
      c6 = x.fma(b0, c6);
      d6 = x.fma(b1, d6);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 7]);
      c7 = x.fma(b0, c7);
      d7 = x.fma(b1, d7);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 8]);
      c8 = x.fma(b0, c8);
      d8 = x.fma(b1, d8);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 9]);
      c9 = x.fma(b0, c9);
      d9 = x.fma(b1, d9);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 10]);
      c10 = x.fma(b0, c10);
      d10 = x.fma(b1, d10);
      x = FloatVector.broadcast(s, a[ao + (i + 1) * 12 + 11]);
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
