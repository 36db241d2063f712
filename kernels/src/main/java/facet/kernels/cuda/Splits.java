package facet.kernels.cuda;

/// Into how many parts the sum over k is cut, each computed by blocks of its own: where a result
/// has fewer tiles than the GPU runs blocks at once, as the gradient of a weight has.
///
/// @param count of the parts, none of them empty
/// @param chunk length of a part, a multiple of the slice; the last may be shorter
/// @param microseconds what all takes
record Splits(int count, int chunk, double microseconds) {
  /// What a block costs beside its slices, in µs: filling the pipeline, writing the result.
  private static final double BLOCK = 4;

  /// What the second kernel costs, in µs: its launch, and the way of one number to memory and back
  /// at 2.5 TB/s.
  private static final double SUM_LAUNCH = 3;

  private static final double SUM_ELEMENT = 3.2e-6;

  /// The most numbers that partial results may take.
  private static final long LARGEST = 1L << 26;

  /// The cheapest number of parts.
  ///
  /// @param tiles of the result
  /// @param k length of the sum
  /// @param slice how much of k a block multiplies at a time
  /// @param tile what each takes
  /// @param multiprocessors of the GPU
  /// @param elements of the result
  static Splits choose(
      int tiles, int k, int slice, Tiling.Tile tile, int multiprocessors, long elements) {
    var slots = tile.blocks() * multiprocessors;
    var slices = Tiling.blocks(k, slice);
    var best = slices;
    var bestCost = Double.POSITIVE_INFINITY;
    for (var count = 1; count <= slices && (count == 1 || fits(count, tiles, slots, elements)); ) {
      var each = Tiling.blocks(slices, count);
      var waves = Tiling.blocks(tiles * Tiling.blocks(slices, each), slots);
      var sum = count == 1 ? 0 : SUM_LAUNCH + SUM_ELEMENT * count * elements;
      var cost = waves * (each * tile.microseconds() + BLOCK) + sum;
      if (cost < bestCost) {
        bestCost = cost;
        best = each;
      }
      count = each == 1 ? slices + 1 : Tiling.blocks(slices, each - 1);
    }
    return new Splits(Tiling.blocks(slices, best), best * slice, bestCost);
  }

  private static boolean fits(int count, int tiles, int slots, long elements) {
    return count * elements <= LARGEST && (long) tiles * count <= 2L * slots;
  }
}
