package facet.train.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;

/// Remembers, of all pairs it is shown, those that are furthest from what they should be: pairs of
/// one person with the lowest similarity, pairs of two people with the highest.
public final class HardPairs {
  private static final int KEPT = 200;

  /// Images `first` and `second` of the evaluated set.
  public record Pair(int first, int second, boolean same, float similarity) {}

  // the least hard one first, to be dropped for a harder one
  private final PriorityQueue<Pair> positives =
      new PriorityQueue<>(Comparator.comparingDouble(p -> -p.similarity));
  private final PriorityQueue<Pair> negatives =
      new PriorityQueue<>(Comparator.comparingDouble(p -> p.similarity));

  void add(int first, int second, boolean same, float similarity) {
    var queue = same ? positives : negatives;
    if (queue.size() == KEPT) {
      var least = queue.element().similarity;
      if (same ? similarity >= least : similarity <= least) {
        return;
      }
      queue.remove();
    }
    queue.add(new Pair(first, second, same, similarity));
  }

  /// The hardest pairs of one person (`same`) or of two, at most `most`, the hardest first; an
  /// image is in one of them only, so that a single odd image does not fill the list.
  public List<Pair> hardest(boolean same, int most) {
    var queue = same ? positives : negatives;
    var chosen = new ArrayList<Pair>();
    var seen = new HashSet<Integer>();
    for (var pair : queue.stream().sorted(queue.comparator().reversed()).toList()) {
      if (chosen.size() < most && !seen.contains(pair.first) && !seen.contains(pair.second)) {
        seen.add(pair.first);
        seen.add(pair.second);
        chosen.add(pair);
      }
    }
    return chosen;
  }
}
