package facet.train.eval;

import static facet.train.error.Printable.format;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.folder.PairList;
import facet.train.error.FacetException;

/// How many pairs of images show the same person and how many two different ones; without both
/// there is nothing to evaluate.
record PairCount(long same, long different) {
  private static final int LEAST = 4;

  private boolean hasBoth() {
    return same > 0 && different > 0;
  }

  /// All pairs of the images of a kind, found by counting.
  private static PairCount of(FaceDataset data, AllPairs.Kind kind) {
    var easy = new long[data.identities()];
    var hard = new long[data.identities()];
    data.items().forEach(item -> (item.domain() == Domain.EASY ? easy : hard)[item.identity()]++);
    var allEasy = 0L;
    var allHard = 0L;
    var same = 0L;
    for (var p = 0; p < easy.length; p++) {
      allEasy += easy[p];
      allHard += hard[p];
      same += count(kind, easy[p], hard[p]);
    }
    return new PairCount(same, count(kind, allEasy, allHard) - same);
  }

  private static long count(AllPairs.Kind kind, long easy, long hard) {
    return switch (kind) {
      case EASY_EASY -> easy * (easy - 1) / 2;
      case EASY_HARD -> easy * hard;
      case HARD_HARD -> hard * (hard - 1) / 2;
    };
  }

  /// Refuses people of whom no kind of pairs has both, so that every figure would be undefined.
  static void require(String name, FaceDataset data) {
    var same = 0L;
    for (var kind : AllPairs.Kind.values()) {
      var count = of(data, kind);
      if (count.hasBoth()) {
        return;
      }
      same += count.same;
    }
    throw FacetException.data(
        name,
        format(
            "no pairs to compare among %s: %s",
            data.describe(),
            same == 0
                ? "no person has two images, so no pair shows the same person"
                : "no kind of pairs (easy-easy, easy-hard, hard-hard) has both same and different"
                    + " people"),
        "evaluate on at least two people with at least two images each");
  }

  /// Refuses a list without both, or whose images are not all there: its pairs would be of others.
  static void require(String name, PairList list, FaceDataset images) {
    var lost = list.images().size() - images.size();
    if (lost != 0) {
      throw FacetException.data(
          name,
          format("%,d of its %,d images cannot be used", lost, list.images().size()),
          "replace them; --skip-corrupt does not go with a list of pairs");
    }
    var same = list.pairs().stream().filter(PairList.Pair::same).count();
    if (!new PairCount(same, list.pairs().size() - same).hasBoth()) {
      throw FacetException.data(
          name,
          format(
              "all of its %,d pairs show %s",
              list.pairs().size(), same == 0 ? "different people" : "the same person"),
          "a list needs pairs of both kinds");
    }
    if (list.pairs().size() < LEAST) {
      throw FacetException.data(
          name,
          format("a list of %d pairs", list.pairs().size()),
          LEAST + " pairs are the least for folds");
    }
  }
}
