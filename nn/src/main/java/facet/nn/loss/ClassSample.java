package facet.nn.loss;

import facet.tensor.kernel.CounterRandom;
import java.util.BitSet;

/// Which classes of a shard a step of Partial FC looks at (An et al. 2021): all that are labels of
/// the batch, and others by chance until there are `rate · count`. The softmax runs over these
/// alone; the others keep weights and momentum. A pure function of the seed.
///
/// @param rate the share of the classes, above 0 and at most 1
record ClassSample(double rate, long seed) {
  /// The sample of a shard, ascending and counted within it.
  int[] of(ClassShard shard, int... labels) {
    var sample = new BitSet(shard.count());
    for (var label : labels) {
      var row = label - shard.first();
      if (row >= 0 && row < shard.count()) {
        sample.set(row);
      }
    }
    var missing = (int) Math.ceil(rate * shard.count()) - sample.cardinality();
    var stream = CounterRandom.mix(seed) + shard.first();
    for (var draw = 0L; missing > 0; draw++) {
      var bits = CounterRandom.mix(CounterRandom.mix(stream) + draw) >>> 11;
      var row = (int) (bits * 0x1p-53 * shard.count());
      if (!sample.get(row)) {
        sample.set(row);
        missing--;
      }
    }
    return sample.stream().toArray();
  }
}
