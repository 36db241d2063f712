package facet.nn.ranks;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

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

  /// Makes one row of numbers of those of every shard, number by number. Each rank does a part of
  /// them, so that no rank gets the rows of all shards. Collective.
  ///
  /// @param own the rows of this rank's shards
  /// @param of makes one number of those of all shards, in their order
  public double[] combine(double[][] own, ToDoubleFunction<double[]> of) {
    var n = own[0].length;
    var lengths = ranks.parts(n, Double.BYTES);
    var mine = (int) (lengths[ranks.rank()] / Double.BYTES);
    var sent = new long[lengths.length];
    var received = new long[lengths.length];
    var out = new double[own.length * n];
    var at = 0;
    for (var r = 0; r < lengths.length; r++) {
      var from = Communicator.begin(n, r, lengths.length);
      var length = (int) (lengths[r] / Double.BYTES);
      for (var row : own) {
        System.arraycopy(row, from, out, at, length);
        at += length;
      }
      sent[r] = own.length * lengths[r];
      received[r] = (first(r + 1) - first(r)) * lengths[ranks.rank()];
    }
    var in = new double[count * mine];
    ranks.exchange(MemorySegment.ofArray(out), sent, MemorySegment.ofArray(in), received);
    var part = new double[mine];
    var column = new double[count];
    for (var i = 0; i < mine; i++) {
      for (var shard = 0; shard < count; shard++) {
        column[shard] = in[shard * mine + i];
      }
      part[i] = of.applyAsDouble(column);
    }
    var all = new double[n];
    ranks.allGather(MemorySegment.ofArray(part), MemorySegment.ofArray(all), lengths);
    return all;
  }
}
