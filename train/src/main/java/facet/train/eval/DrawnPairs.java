package facet.train.eval;

import static facet.train.error.Printable.format;

import facet.train.data.RandomStream;
import facet.train.data.folder.PairList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A balanced list of pairs made from labels alone.
final class DrawnPairs {
  private static final int MAX_SAME = 100_000;

  private DrawnPairs() {}

  /// What such a list is, for people.
  static String source(List<PairList.Pair> pairs) {
    return pairs.size() == 2 * MAX_SAME
        ? format("the first %,d same, as many different", MAX_SAME)
        : "all same, as many different";
  }

  /// All same pairs (the first 100,000), each followed by a different one drawn by position.
  static List<PairList.Pair> of(int... identity) {
    var pairs = new ArrayList<PairList.Pair>();
    if (Arrays.stream(identity).distinct().count() < 2) {
      return pairs;
    }
    var random = new RandomStream(1);
    var draws = 0;
    for (var i = 0; i < identity.length; i++) {
      for (var j = i + 1; j < identity.length && pairs.size() < 2 * MAX_SAME; j++) {
        if (identity[i] == identity[j]) {
          pairs.add(new PairList.Pair(i, j, true, 0));
          var other = i;
          while (identity[i] == identity[other]) {
            other = random.below(draws++, identity.length);
          }
          pairs.add(new PairList.Pair(i, other, false, 0));
        }
      }
    }
    return pairs;
  }
}
