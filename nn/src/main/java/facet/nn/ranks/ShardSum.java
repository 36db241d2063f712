package facet.nn.ranks;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sum of what the shards of a batch give, added in an order that depends on their number only:
/// neighbours first, then pairs of neighbours, and so on,
///
///     ((s0 + s1) + (s2 + s3)) + (s4 + s5)
///
/// so that any number of ranks that hold them gets the same bits. A rank adds its own shards one
/// after the other, keeping one array for each complete pair of pairs; [#total] adds those of all
/// ranks. It takes the arrays over and gives them back for reuse.
public final class ShardSum {
  /// The sum of `2^level` shards from `start` on.
  private record Node(int start, int level, float[] values) {}

  private final Deque<Node> nodes = new ArrayDeque<>();
  private final Deque<float[]> free = new ArrayDeque<>();
  private final MessageMemory memory;
  private @Nullable ShardSum parts; // of this rank's part of the elements
  private int next;

  public ShardSum() {
    this(new MessageMemory());
  }

  /// @param memory for messages; several sums may have it in turn
  ShardSum(MessageMemory memory) {
    this.memory = memory;
  }

  /// Begins with shard number `first`.
  public void begin(int first) {
    nodes.forEach(node -> free.add(node.values));
    nodes.clear();
    next = first;
  }

  /// Memory for the next shard's values, with undefined content.
  public float[] take(int length) {
    var array = free.poll();
    return array != null && array.length == length ? array : new float[length];
  }

  /// Adds the next shard.
  public void add(float[] values) {
    push(next++, 0, values);
  }

  private void push(int start, int level, float[] values) {
    var node = new Node(start, level, values);
    while (!nodes.isEmpty()
        && nodes.getLast().level == node.level
        && nodes.getLast().start % (2 << node.level) == 0) {
      var left = nodes.removeLast();
      node = new Node(left.start, left.level + 1, plus(left.values, node.values));
    }
    nodes.addLast(node);
  }

  private float[] plus(float[] left, float[] right) {
    for (var i = 0; i < left.length; i++) {
      left[i] += right[i];
    }
    free.add(right);
    return left;
  }

  /// What is left when all shards are there is added from the last on.
  private float[] fold() {
    var sum = nodes.removeLast().values;
    while (!nodes.isEmpty()) {
      sum = plus(nodes.removeLast().values, sum);
    }
    return sum;
  }

  /// The sum over all shards, the same on every rank: each adds up a part of the elements, then
  /// they exchange these. Collective. The result holds until [#begin].
  ///
  /// @param length of the arrays
  public float[] total(Shards shards, int length) {
    var ranks = shards.ranks();
    if (ranks.size() == 1) {
      var sum = fold();
      free.add(sum);
      return sum;
    }
    var lengths = ranks.parts(length, Float.BYTES);
    var part = sumOfPart(shards, length, lengths);
    var mine = memory.out(part.length);
    MemorySegment.copy(part, 0, mine, JAVA_FLOAT, 0, part.length);
    var all = memory.in(length);
    ranks.allGather(mine, all, lengths);
    var total = take(length);
    MemorySegment.copy(all, JAVA_FLOAT, 0, total, 0, length);
    free.add(total);
    return total;
  }

  /// The sum of this rank's part of the elements.
  private float[] sumOfPart(Shards shards, int length, long... lengths) {
    var ranks = shards.ranks();
    var own = (int) (lengths[ranks.rank()] / Float.BYTES);
    var sent = new long[lengths.length];
    var received = new long[lengths.length];
    var out = memory.out((long) nodes.size() * length);
    var at = 0L;
    for (var r = 0; r < lengths.length; r++) {
      var from = Communicator.begin(length, r, lengths.length);
      var count = (int) (lengths[r] / Float.BYTES);
      for (var node : nodes) {
        MemorySegment.copy(node.values, from, out, JAVA_FLOAT, at, count);
        at += lengths[r];
      }
      sent[r] = nodes.size() * lengths[r];
      received[r] = (long) own * Float.BYTES * starts(shards.first(r), shards.first(r + 1)).size();
    }
    var in = memory.in(Arrays.stream(received).sum() / Float.BYTES);
    ranks.exchange(out, sent, in, received);
    var sum = parts == null ? new ShardSum() : parts;
    parts = sum;
    sum.begin(0);
    at = 0;
    for (var r = 0; r < lengths.length; r++) {
      var starts = starts(shards.first(r), shards.first(r + 1));
      for (var n = 0; n < starts.size(); n++, at += (long) own * Float.BYTES) {
        var end = n + 1 < starts.size() ? starts.get(n + 1) : shards.first(r + 1);
        var level = Integer.numberOfTrailingZeros(end - starts.get(n));
        var values = sum.take(own);
        MemorySegment.copy(in, JAVA_FLOAT, at, values, 0, own);
        sum.push(starts.get(n), level, values);
      }
    }
    var total = sum.fold();
    sum.free.add(total);
    return total;
  }

  /// Where the sums begin that a rank has of the shards from `first` to `end`: each is as long as
  /// the next power of two that divides its start, or fits.
  static List<Integer> starts(int first, int end) {
    var starts = new ArrayList<Integer>();
    for (var start = first; start < end; ) {
      starts.add(start);
      var aligned = start == 0 ? Integer.highestOneBit(end) : Integer.lowestOneBit(start);
      start += Math.min(aligned, Integer.highestOneBit(end - start));
    }
    return starts;
  }
}
