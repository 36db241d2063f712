package facet.train.eval;

import facet.train.data.CounterRandom;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.folder.PairList;
import facet.train.error.FacetException;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;

/// Evaluates a network on the people of a data set or on a list of pairs.
public final class Evaluation {
  private static final int FOLDS = 10;

  /// All pairs of more images than this would take too long: 50 million similarities.
  private static final int MAX_ALL_PAIRS_IMAGES = 10_000;

  private final Embedder embedder;
  private final IntConsumer progress;

  /// @param progress called with the number of images embedded so far
  public Evaluation(Embedder embedder, IntConsumer progress) {
    this.embedder = embedder;
    this.progress = progress;
  }

  /// Over all pairs of the images, by domain; and the 10-fold accuracy over all same pairs and as
  /// many different ones, drawn at random but always the same.
  public EvalResult people(String name, FaceDataset data) {
    var embeddings = embedder.embed(data, progress);
    var identity = new int[data.size()];
    var domain = new Domain[data.size()];
    for (var i = 0; i < identity.length; i++) {
      identity[i] = data.item(i).identity();
      domain[i] = data.item(i).domain();
    }
    var drawn = DrawnPairs.of(identity);
    var pairs =
        drawn.size() < 2 * FOLDS
            ? null
            : pairResult(
                "all same, as many different",
                embeddings,
                drawn.first(),
                drawn.second(),
                drawn.same(),
                KFold.cut(drawn.same(), FOLDS));
    if (data.size() > MAX_ALL_PAIRS_IMAGES) {
      return new EvalResult(name, data.size(), embeddings.meanNorm(), pairs, Map.of(), Map.of());
    }
    var all = AllPairs.collect(embeddings, identity, domain);
    return new EvalResult(
        name, data.size(), embeddings.meanNorm(), pairs, all.similarities(), all.hardest());
  }

  /// Over the pairs of a list, whose folds are used; a list of one fold is cut into ten.
  ///
  /// @param images the list's images, possibly cached
  public EvalResult pairs(String name, PairList list, FaceDataset images) {
    if (list.pairs().size() < 4) {
      throw FacetException.data(
          name,
          String.format(Locale.ROOT, "a list of %d pairs", list.pairs().size()),
          "4 pairs are the least for folds");
    }
    var embeddings = embedder.embed(images, progress);
    var n = list.pairs().size();
    var first = new int[n];
    var second = new int[n];
    var same = new boolean[n];
    var fold = new int[n];
    for (var i = 0; i < n; i++) {
      var pair = list.pairs().get(i);
      first[i] = pair.first();
      second[i] = pair.second();
      same[i] = pair.same();
      fold[i] = pair.fold();
    }
    var folds = list.folds() > 1 ? fold : KFold.cut(same, FOLDS);
    var domain = new Domain[images.size()];
    for (var i = 0; i < domain.length; i++) {
      domain[i] = images.item(i).domain();
    }
    var kinds = new AllPairs.Collector(domain);
    for (var i = 0; i < n; i++) {
      kinds.add(first[i], second[i], same[i], embeddings.cosine(first[i], second[i]));
    }
    return new EvalResult(
        name,
        images.size(),
        embeddings.meanNorm(),
        pairResult("list", embeddings, first, second, same, folds),
        kinds.similarities(),
        kinds.hardest());
  }

  private static EvalResult.PairResult pairResult(
      String source, Embeddings e, int[] first, int[] second, boolean[] same, int[] fold) {
    var n = same.length;
    var distances = new double[n];
    var positives = new float[n];
    var negatives = new float[n];
    int p = 0;
    int q = 0;
    for (var i = 0; i < n; i++) {
      distances[i] = e.squaredDistance(first[i], second[i]);
      if (same[i]) {
        positives[p++] = e.cosine(first[i], second[i]);
      } else {
        negatives[q++] = e.cosine(first[i], second[i]);
      }
    }
    return new EvalResult.PairResult(
        source,
        n,
        KFold.accuracy(distances, same, fold),
        new Similarities(
            java.util.Arrays.copyOf(positives, p), java.util.Arrays.copyOf(negatives, q)));
  }

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
      var people = (int) java.util.Arrays.stream(identity).distinct().count();
      var pairs = new DrawnPairs(new int[0], new int[0], new boolean[0]);
      return people < 2 ? pairs : draw(identity, count);
    }

    private static DrawnPairs draw(int[] identity, int count) {
      var pairs = new DrawnPairs(new int[2 * count], new int[2 * count], new boolean[2 * count]);
      var random = new CounterRandom(1);
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
}
