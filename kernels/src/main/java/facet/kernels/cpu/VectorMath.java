package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Elementary functions of float vectors.
final class VectorMath {
  /// Below it `exp` is less than the smallest normal float and counts as 0.
  private static final float EXP_UNDERFLOW = -87.33654f;

  /// Above it `exp` is infinite.
  private static final float EXP_OVERFLOW = 88.72283f;

  /// Adding it rounds to an integer, which then stands in the low bits.
  private static final float ROUNDER = 0x1.8p23f;

  private static final float LOG2_E = 1.44269504f;

  // ln 2 in two parts: the first has trailing zeros, so that its product with n is exact.
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  private VectorMath() {}

  /// `e^x`, relative error at most 1.2e-7 (one unit in the last place); 0 below -87.3 (results that
  /// are not normal floats), infinity above 88.7.
  ///
  /// `e^x = 2^n e^r` with `n = round(x / ln 2)`, `|r| <= ln 2 / 2`, and the polynomial of Cephes'
  /// `expf` (Moshier 1989) for `e^r`.
  static FloatVector exp(FloatVector x) {
    var shifted = x.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
    var n = shifted.sub(ROUNDER);
    var r = n.fma(x.broadcast(-LN2_HIGH), x);
    r = n.fma(x.broadcast(-LN2_LOW), r);
    var p = r.broadcast(1.9875691500e-4f);
    p = p.fma(r, r.broadcast(1.3981999507e-3f));
    p = p.fma(r, r.broadcast(8.3334519073e-3f));
    p = p.fma(r, r.broadcast(4.1665795894e-2f));
    p = p.fma(r, r.broadcast(1.6666665459e-1f));
    p = p.fma(r, r.broadcast(5.0000001201e-1f));
    p = p.fma(r.mul(r), r).add(1f);
    var exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    var y = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    y = y.blend(0f, x.compare(VectorOperators.LT, EXP_UNDERFLOW));
    return y.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, EXP_OVERFLOW));
  }
}
