package facet.kernels.cuda;

/// Bfloat16 on the host: the upper half of a float32.
final class Bf16 {
  private Bf16() {}

  /// Rounded to nearest, ties to even; NaN stays NaN.
  static short round(float value) {
    var bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  static float widen(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
