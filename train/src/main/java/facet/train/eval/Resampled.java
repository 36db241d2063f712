package facet.train.eval;

import facet.train.data.Domain;
import facet.train.data.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The figures of all pairs of people who are drawn again, with replacement, from those evaluated:
/// how much other people would change them (the bootstrap over people, whose pairs are not
/// independent of each other). Of a person who is drawn `w` times, pairs of two of their images
/// count `w` times, pairs with somebody drawn `v` times `w v` times.
///
/// @param figures by name, a value for each draw; the same people are drawn for every network, so
///     that differences are those of the same people
public record Resampled(Map<String, double[]> figures) {
  /// Of more images the pairs would not fit into memory beside everything else.
  static final int MAX_IMAGES = 4_000;

  /// Draws `draws` times.
  ///
  /// @param identity of each image
  /// @param group of each image, for figures of groups of people
  /// @param seed decides who is drawn
  static Resampled of(
      Embeddings e,
      int[] identity,
      Domain[] domain,
      @Nullable String[] group,
      int draws,
      long seed) {
    var people = Arrays.stream(identity).max().orElse(-1) + 1;
    var kinds = Pairs.sorted(e, identity, (i, j) -> AllPairs.Kind.of(domain[i], domain[j]));
    var groups =
        Pairs.sorted(e, identity, (i, j) -> Objects.equals(group[i], group[j]) ? group[i] : null);
    var found =
        IntStream.range(0, draws)
            .parallel()
            .mapToObj(
                draw -> figures(kinds, groups, weights(people, new RandomStream(seed).at(draw))))
            .toList();
    var figures = new LinkedHashMap<String, double[]>();
    for (var draw = 0; draw < draws; draw++) {
      for (var figure : found.get(draw).entrySet()) {
        figures.computeIfAbsent(figure.getKey(), name -> missing(draws))[draw] = figure.getValue();
      }
    }
    return new Resampled(figures);
  }

  private static double[] missing(int draws) {
    var values = new double[draws];
    Arrays.fill(values, Double.NaN);
    return values;
  }

  /// How often each person is drawn.
  private static int[] weights(int people, RandomStream random) {
    var weights = new int[people];
    for (var i = 0; i < people; i++) {
      weights[random.below(i, people)]++;
    }
    return weights;
  }

  private static Map<String, Double> figures(
      Map<AllPairs.Kind, Pairs> kinds, Map<String, Pairs> groups, int... weights) {
    var domains = new EnumMap<AllPairs.Kind, Similarities>(AllPairs.Kind.class);
    domains.putAll(drawn(kinds, weights));
    return new EvalResult("", 0, 0, null, domains, Map.of(), null, drawn(groups, weights))
        .figures();
  }

  /// Those of which there are same and different pairs.
  private static <K extends Comparable<K>> Map<K, Similarities> drawn(
      Map<K, Pairs> lists, int... weights) {
    var drawn = new TreeMap<K, Similarities>();
    lists.forEach(
        (key, pairs) -> {
          var s = pairs.drawn(weights);
          if (s.isComplete()) {
            drawn.put(key, s);
          }
        });
    return drawn;
  }

  private record Pair(float similarity, int first, int second) {}

  /// The list that a pair of images belongs to, null if it belongs to none.
  private interface Belongs<K> {
    @Nullable K to(int first, int second);
  }

  /// Pairs in the order of their similarities.
  private record Pairs(float[] similarity, int[] first, int[] second) {
    static <K extends Comparable<K>> Map<K, Pairs> sorted(
        Embeddings e, int[] identity, Belongs<K> belongs) {
      var lists = new TreeMap<K, List<Pair>>();
      for (var i = 0; i < identity.length; i++) {
        for (var j = i + 1; j < identity.length; j++) {
          var key = belongs.to(i, j);
          if (key != null) {
            lists
                .computeIfAbsent(key, name -> new ArrayList<>())
                .add(new Pair(e.cosine(i, j), identity[i], identity[j]));
          }
        }
      }
      var sorted = new TreeMap<K, Pairs>();
      lists.forEach((key, list) -> sorted.put(key, of(list)));
      return sorted;
    }

    private static Pairs of(List<Pair> list) {
      list.sort((a, b) -> Float.compare(a.similarity, b.similarity));
      var pairs = new Pairs(new float[list.size()], new int[list.size()], new int[list.size()]);
      for (var i = 0; i < list.size(); i++) {
        pairs.similarity[i] = list.get(i).similarity;
        pairs.first[i] = list.get(i).first;
        pairs.second[i] = list.get(i).second;
      }
      return pairs;
    }

    Similarities drawn(int... weights) {
      var positives = 0;
      var negatives = 0;
      for (var i = 0; i < similarity.length; i++) {
        if (first[i] == second[i]) {
          positives += weights[first[i]];
        } else {
          negatives += weights[first[i]] * weights[second[i]];
        }
      }
      var same = new float[positives];
      var different = new float[negatives];
      positives = 0;
      negatives = 0;
      for (var i = 0; i < similarity.length; i++) {
        var times = weights[first[i]];
        if (first[i] == second[i]) {
          Arrays.fill(same, positives, positives + times, similarity[i]);
          positives += times;
        } else {
          times *= weights[second[i]];
          Arrays.fill(different, negatives, negatives + times, similarity[i]);
          negatives += times;
        }
      }
      return new Similarities(same, different);
    }
  }
}
