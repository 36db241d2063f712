package facet.train.eval;

import facet.train.data.Domain;
import java.util.EnumMap;
import java.util.Map;

/// All pairs of a set of people, by the domains of the two images.
public final class AllPairs {
  private AllPairs() {}

  /// Which domains a pair of images joins.
  public enum Kind {
    EASY_EASY("easy-easy"),
    EASY_HARD("easy-hard"),
    HARD_HARD("hard-hard");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }

    static Kind of(Domain a, Domain b) {
      if (a != b) {
        return EASY_HARD;
      }
      return a == Domain.EASY ? EASY_EASY : HARD_HARD;
    }
  }

  /// Sorts similarities by what they join.
  static final class Collector {
    private final Map<Kind, SimilarityLists> lists = new EnumMap<>(Kind.class);
    private final Map<Kind, HardPairs> hardest = new EnumMap<>(Kind.class);
    private final Domain[] domain;

    /// @param domain of each image
    Collector(Domain[] domain) {
      this.domain = domain;
      for (var kind : Kind.values()) {
        lists.put(kind, new SimilarityLists());
        hardest.put(kind, new HardPairs());
      }
    }

    /// The pair of images `i` and `j`.
    void add(int i, int j, boolean same, float similarity) {
      var kind = Kind.of(domain[i], domain[j]);
      lists.get(kind).add(same, similarity);
      hardest.get(kind).add(i, j, same, similarity);
    }

    /// The hardest pairs by kind.
    Map<Kind, HardPairs> hardest() {
      return hardest;
    }

    /// By kind, for the kinds with both same and different pairs.
    Map<Kind, Similarities> similarities() {
      return SimilarityLists.complete(lists);
    }
  }
}
