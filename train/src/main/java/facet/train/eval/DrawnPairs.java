package facet.train.eval;

import facet.train.data.RandomStream;
import java.util.Arrays;

/// A balanced list of pairs made from labels alone.
record DrawnPairs(int[] first, int[] second, boolean[] same) {
  private static final int MAX_SAME = 100_000;

  int size() {
    return same.length;
  }

  /// All same pairs (the first 100,000), each followed by a different one drawn by position.
  static DrawnPairs of(int[] identity) {
    var count = 0;
    for (var i = 0; i < identity.length; i++) {
      for (var j = i + 1; j < identity.length && count < MAX_SAME; j++) {
        count += identity[i] == identity[j] ? 1 : 0;
      }
    }
    var people = (int) Arrays.stream(identity).distinct().count();
    var pairs = new DrawnPairs(new int[0], new int[0], new boolean[0]);
    return people < 2 ? pairs : draw(identity, count);
  }

  private static DrawnPairs draw(int[] identity, int count) {
    var pairs = new DrawnPairs(new int[2 * count], new int[2 * count], new boolean[2 * count]);
    var random = new RandomStream(1);
    var draws = 0;
    var k = 0;
    for (var i = 0; i < identity.length; i++) {
      for (var j = i + 1; j < identity.length && k < 2 * count; j++) {
        if (identity[i] == identity[j]) {
          pairs.put(k++, i, j, true);
          var a = i;
          var b = i;
          while (identity[a] == identity[b]) {
            b = random.below(draws++, identity.length);
          }
          pairs.put(k++, a, b, false);
        }
      }
    }
    return pairs;
  }

  private void put(int k, int i, int j, boolean isSame) {
    first[k] = i;
    second[k] = j;
    same[k] = isSame;
  }
}
