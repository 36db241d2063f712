package facet.nn.ranks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardSumTest {
  private static final int LENGTH = 1003;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 12, 13})
  void theBitsDependOnTheShardsNotOnWhoHasThem(int count) {
    var alone = sum(new Shards(new Alone(), count), 0);
    assertThat(alone).isEqualTo(bisected(count, 0, Integer.highestOneBit(2 * count - 1)));
    for (var size = 2; size <= Math.min(count, 5); size++) {
      var sums = Threads.run(size, ranks -> sum(new Shards(ranks, count), 3));
      for (var sum : sums) {
        assertThat(sum).as(count + " shards on " + size + " ranks").isEqualTo(alone);
      }
    }
  }

  /// @param before sums that were made of other numbers with the same memory
  private static float[] sum(Shards shards, int before) {
    var sum = new ShardSum();
    for (var round = before; round >= 0; round--) {
      sum.begin(shards.first());
      for (var s = shards.first(); s < shards.end(); s++) {
        var values = sum.take(LENGTH);
        System.arraycopy(values(s + round), 0, values, 0, LENGTH);
        sum.add(values);
      }
      var total = sum.total(shards, LENGTH);
      if (round == 0) {
        return total.clone();
      }
    }
    throw new AssertionError();
  }

  /// The definition: the shards from `start` on, `width` of them at most, halved again and again.
  private static float[] bisected(int count, int start, int width) {
    if (width == 1) {
      return values(start);
    }
    var left = bisected(count, start, width / 2);
    if (start + width / 2 < count) {
      var right = bisected(count, start + width / 2, width / 2);
      for (var i = 0; i < LENGTH; i++) {
        left[i] += right[i];
      }
    }
    return left;
  }

  private static float[] values(int shard) {
    var random = new Random(shard);
    var values = new float[LENGTH];
    for (var i = 0; i < LENGTH; i++) {
      values[i] = (float) random.nextGaussian() * (i % 3 == 0 ? 1e4f : 1);
    }
    return values;
  }

  @Test
  void whatRanksHaveIsCutAtPowersOfTwo() {
    assertThat(ShardSum.starts(0, 6)).isEqualTo(List.of(0, 4));
    assertThat(ShardSum.starts(3, 6)).isEqualTo(List.of(3, 4));
    assertThat(ShardSum.starts(4, 8)).isEqualTo(List.of(4));
    assertThat(ShardSum.starts(5, 13)).isEqualTo(List.of(5, 6, 8, 12));
  }
}
