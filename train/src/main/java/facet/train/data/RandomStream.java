package facet.train.data;

/// Random numbers without state: each is a hash of a key and a counter, so the thousandth can be
/// had without the 999 before it, from any thread, in any order.
///
///     new RandomStream(seed).at(epoch).at(position).uniform(draw)
///
/// The hash is the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014) over a Weyl sequence.
public record RandomStream(long key) {
  private static final long DRAW_STEP = 0x9E3779B97F4A7C15L;
  private static final long STREAM_STEP = 0xD1342543DE82EF95L;

  /// The stream of its own that belongs to `coordinate` (an epoch, an index, a purpose).
  public RandomStream at(long coordinate) {
    return new RandomStream(mix(key + STREAM_STEP * (coordinate + 1)));
  }

  /// 64 random bits, the `draw`-th of this stream.
  public long bits(long draw) {
    return mix(key + DRAW_STEP * (draw + 1));
  }

  /// Uniform in `[0, 1)`.
  public double uniform(long draw) {
    return (bits(draw) >>> 11) * 0x1p-53;
  }

  /// Uniform in `[low, high)`.
  public double uniform(long draw, double low, double high) {
    return low + (high - low) * uniform(draw);
  }

  /// Uniform in `0 .. bound-1`.
  public int below(long draw, int bound) {
    return (int) Math.unsignedMultiplyHigh(bits(draw), bound);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
