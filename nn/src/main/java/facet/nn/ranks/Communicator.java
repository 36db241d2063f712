package facet.nn.ranks;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The ranks of a job: processes that run the same program, each with a number from 0 on. Every
/// method but [#rank] and [#size] is collective: all ranks call it, in the same order and with
/// arguments that fit together, and each returns when its own part is done.
///
/// An implementation moves bytes; what is summed is summed here, in the order of the ranks, so that
/// every rank gets the same bits. One thread at a time may use it.
public interface Communicator extends AutoCloseable {
  /// This process's number, less than [#size].
  int rank();

  /// How many processes there are.
  int size();

  /// Where this rank runs, for people.
  String host();

  /// Returns when all ranks have come here.
  void barrier();

  /// Copies the bytes of rank `root` to all others.
  void broadcast(MemorySegment bytes, int root);

  /// Puts the bytes of all ranks behind each other, in their order.
  ///
  /// @param all as long as those of all ranks together
  /// @param lengths how many bytes each rank gives
  void allGather(MemorySegment mine, MemorySegment all, long... lengths);

  /// Sends every rank a part of `out` and receives one of each.
  ///
  /// @param out the parts behind each other, in the order of the ranks they are for
  /// @param in the parts received, in the order of the ranks they are from
  void exchange(MemorySegment out, long[] outLengths, MemorySegment in, long[] inLengths);

  /// Ends all processes at once, for when this one cannot go on and the others wait for it.
  void abort(int exitCode);

  /// Leaves the job. Collective, too.
  @Override
  void close();

  /// Where the part of `rank` begins when `n` elements are divided; the last rank's ends at `n`.
  static int begin(int n, int rank, int size) {
    return (int) ((long) n * rank / size);
  }

  /// The lengths of the ranks' parts of `n` elements of `bytes` bytes.
  default long[] parts(int n, int bytes) {
    var lengths = new long[size()];
    for (var r = 0; r < lengths.length; r++) {
      lengths[r] = (long) bytes * (begin(n, r + 1, size()) - begin(n, r, size()));
    }
    return lengths;
  }

  /// Replaces `values` by the sum of all ranks', added in the order of the ranks.
  default void allReduce(double... values) {
    var sum =
        new Shards(this, size())
            .combine(
                new double[][] {values},
                ofRanks -> {
                  var total = 0.0;
                  for (var value : ofRanks) {
                    total += value;
                  }
                  return total;
                });
    System.arraycopy(sum, 0, values, 0, values.length);
  }

  /// What each rank gives, equally many numbers, by rank.
  default double[][] allGather(double... mine) {
    var all = new double[size() * mine.length];
    var lengths = new long[size()];
    Arrays.fill(lengths, (long) mine.length * Double.BYTES);
    allGather(MemorySegment.ofArray(mine), MemorySegment.ofArray(all), lengths);
    var byRank = new double[size()][];
    for (var r = 0; r < byRank.length; r++) {
      byRank[r] = Arrays.copyOfRange(all, r * mine.length, (r + 1) * mine.length);
    }
    return byRank;
  }

  /// What each rank gives, however long, by rank.
  default byte[][] allGather(byte... mine) {
    var sizes = allGather((double) mine.length);
    var lengths = Arrays.stream(sizes).mapToLong(of -> (long) of[0]).toArray();
    var all = new byte[Math.toIntExact(Arrays.stream(lengths).sum())];
    allGather(MemorySegment.ofArray(mine), MemorySegment.ofArray(all), lengths);
    var byRank = new byte[size()][];
    var from = 0;
    for (var r = 0; r < byRank.length; r++) {
      byRank[r] = Arrays.copyOfRange(all, from, from + (int) lengths[r]);
      from += (int) lengths[r];
    }
    return byRank;
  }

  /// The numbers of rank `root`.
  default double[] broadcast(int root, double... values) {
    broadcast(MemorySegment.ofArray(values), root);
    return values;
  }
}
