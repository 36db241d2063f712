package facet.nn.ranks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Every collective of a communicator against what it has to bring, with lengths of 0, 1, some that
/// no number of ranks divides and one of a megabyte.
public final class Collectives {
  private static final int[] LENGTHS = {0, 1, 7, 1000, 300_007};

  private final Communicator ranks;

  private Collectives(Communicator ranks) {
    this.ranks = ranks;
  }

  /// @throws AssertionError if one brings something else
  public static void check(Communicator ranks) {
    var check = new Collectives(ranks);
    for (var n : LENGTHS) {
      check.broadcast(n);
      check.gather(n);
      check.exchange(n);
      check.reduce(n);
    }
    check.numberAndTexts();
    check.nativeMemory();
    check.barrier();
  }

  /// The element `i` that a rank gives: what is summed in another order has other bits.
  private static float value(int rank, int i) {
    return (float) Math.sin(1 + rank * 7919.0 + i) * (rank % 2 == 0 ? 1 : 1e5f);
  }

  private static float[] values(int rank, int n) {
    var values = new float[n];
    for (var i = 0; i < n; i++) {
      values[i] = value(rank, i);
    }
    return values;
  }

  private void broadcast(int n) {
    for (var root = 0; root < ranks.size(); root++) {
      var values = values(ranks.rank(), n);
      ranks.broadcast(MemorySegment.ofArray(values), root);
      require("broadcast", values, values(root, n));
    }
  }

  private void gather(int n) {
    var lengths = new long[ranks.size()];
    var total = 0;
    for (var r = 0; r < lengths.length; r++) {
      lengths[r] = 4L * (n + r);
      total += n + r;
    }
    var all = new float[total];
    var mine = values(ranks.rank(), n + ranks.rank());
    ranks.allGather(MemorySegment.ofArray(mine), MemorySegment.ofArray(all), lengths);
    for (int r = 0, at = 0; r < lengths.length; at += n + r++) {
      require("gather", Arrays.copyOfRange(all, at, at + n + r), values(r, n + r));
    }
  }

  /// Rank `a` sends rank `b` `n + a + 2b` elements from its element `b` on.
  private void exchange(int n) {
    var size = ranks.size();
    var me = ranks.rank();
    var sent = new long[size];
    var received = new long[size];
    for (var r = 0; r < size; r++) {
      sent[r] = 4L * (n + me + 2 * r);
      received[r] = 4L * (n + r + 2 * me);
    }
    var out = new float[(int) (Arrays.stream(sent).sum() / 4)];
    for (int r = 0, at = 0; r < size; at += (int) (sent[r++] / 4)) {
      System.arraycopy(values(me, n + me + 3 * r), r, out, at, n + me + 2 * r);
    }
    var in = new float[(int) (Arrays.stream(received).sum() / 4)];
    ranks.exchange(MemorySegment.ofArray(out), sent, MemorySegment.ofArray(in), received);
    for (int r = 0, at = 0; r < size; r++) {
      var count = n + r + 2 * me;
      var expected = Arrays.copyOfRange(values(r, me + count), me, me + count);
      require("exchange", Arrays.copyOfRange(in, at, at + count), expected);
      at += count;
    }
  }

  private void reduce(int n) {
    var sum = new double[n];
    var expected = new double[n];
    for (var i = 0; i < n; i++) {
      sum[i] = value(ranks.rank(), i);
      for (var r = 0; r < ranks.size(); r++) {
        expected[i] += value(r, i);
      }
    }
    ranks.allReduce(sum);
    var at = Arrays.mismatch(sum, expected);
    require(at < 0, "the sum of " + n + " numbers differs from number " + at + " on");
  }

  private void numberAndTexts() {
    var size = ranks.size();
    var texts = ranks.allGather(new byte[ranks.rank()]);
    for (var r = 0; r < size; r++) {
      require(texts[r].length == r, "a text of rank " + r + " has " + texts[r].length + " bytes");
    }
    require(ranks.broadcast(size - 1, ranks.rank())[0] == size - 1, "a broadcast number");
  }

  private void nativeMemory() {
    try (var arena = Arena.ofShared()) {
      var all = arena.allocate(ValueLayout.JAVA_INT, ranks.size());
      var mine = arena.allocateFrom(ValueLayout.JAVA_INT, 10 + ranks.rank());
      var lengths = new long[ranks.size()];
      Arrays.fill(lengths, Integer.BYTES);
      ranks.allGather(mine, all, lengths);
      for (var r = 0; r < ranks.size(); r++) {
        require(all.getAtIndex(ValueLayout.JAVA_INT, r) == 10 + r, "native memory");
      }
    }
  }

  /// Nobody leaves before the last one, which comes late, has come.
  private void barrier() {
    ranks.barrier();
    var before = System.nanoTime();
    if (ranks.rank() == ranks.size() - 1) {
      sleep(200);
    }
    ranks.barrier();
    var waited = (System.nanoTime() - before) * 1e-6;
    require(ranks.size() == 1 || waited > 150, "a barrier was left after " + waited + " ms");
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void require(String what, float[] values, float[] expected) {
    var at = Arrays.mismatch(values, expected);
    require(
        at < 0, what + " of " + expected.length + " elements differs from element " + at + " on");
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError("rank " + ranks.rank() + " of " + ranks.size() + ": " + otherwise);
    }
  }
}
