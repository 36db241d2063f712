package facet.nn.ranks;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;

/// What a job is cut into, so that its results depend on this number and not on that of the ranks:
/// batches into shards of images, the classes of a head into shards of classes. Each rank has some
/// in a row.
///
/// @param count how many, at least as many as ranks
public record Shards(Communicator ranks, int count) {
  public Shards {
    if (count < ranks.size()) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d shards for %d ranks", count, ranks.size()));
    }
  }

  /// The first shard of a rank; its last is the one before the next rank's first.
  public int first(int rank) {
    return Communicator.begin(count, rank, ranks.size());
  }

  /// The first shard of this rank.
  public int first() {
    return first(ranks.rank());
  }

  /// The end of this rank's shards.
  public int end() {
    return first(ranks.rank() + 1);
  }

  /// How many this rank has.
  public int own() {
    return end() - first();
  }

  /// Where a shard's part of `n` things begins.
  public int begin(int n, int shard) {
    return Communicator.begin(n, shard, count);
  }

  /// The numbers of every shard, in their order. Collective.
  ///
  /// @param own those of this rank's shards, `length` of each behind each other
  public double[] gather(double[] own, int length) {
    if (ranks.size() == 1) {
      return own;
    }
    var lengths = new long[ranks.size()];
    for (var r = 0; r < lengths.length; r++) {
      lengths[r] = (long) length * Double.BYTES * (first(r + 1) - first(r));
    }
    var all = new double[(int) (Arrays.stream(lengths).sum() / Double.BYTES)];
    ranks.allGather(MemorySegment.ofArray(own), MemorySegment.ofArray(all), lengths);
    return all;
  }
}
