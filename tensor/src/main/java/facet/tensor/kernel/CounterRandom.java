package facet.tensor.kernel;

/// Random numbers without state: a hash of (seed, index), the same on every backend, so that a mask
/// need not be kept and a resumed run repeats it.
public final class CounterRandom {
  private CounterRandom() {}

  /// The two words of a seed that [#bits] mixes in.
  public static int low(long seed) {
    return (int) mix(seed);
  }

  /// See [#low].
  public static int high(long seed) {
    return (int) (mix(seed) >>> 32);
  }

  /// 32 random bits: two rounds of a multiply-xorshift hash over `index`, keyed by `low` and
  /// `high`.
  public static int bits(int low, int high, int index) {
    var h = index ^ low;
    h = (h ^ (h >>> 16)) * 0x7feb352d;
    h = (h ^ (h >>> 15)) * 0x846ca68b;
    h ^= (h >>> 16) ^ high;
    h = (h ^ (h >>> 16)) * 0x7feb352d;
    h = (h ^ (h >>> 15)) * 0x846ca68b;
    return h ^ (h >>> 16);
  }

  /// Uniform in `[0, 1)` with 24 bits, exact in float32.
  public static float uniform(long seed, int index) {
    return (bits(low(seed), high(seed), index) >>> 8) * 0x1p-24f;
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
  public static long mix(long z) {
    z += 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
