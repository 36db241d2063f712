package facet.train.eval;

import facet.tensor.Backend;
import facet.train.text.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Identification among distractors, as MegaFace has it: for each probe and each image of its
/// person in the gallery, the place of that image among itself and the first `N` distractors,
/// ordered by the cosine with the probe. Among equals the image comes last.
///
/// @param sizes the numbers of distractors, 10, 100 and so on up to all
/// @param ranks of every probe and mate, from 1, for each of `sizes`
record DistractorSearch(int[] sizes, int[][] ranks) {
  private static final List<Integer> REPORTED = List.of(1, 5, 10);

  /// Embeddings, and whose they are.
  record Named(Embeddings embeddings, List<String> people) {}

  /// @param backend computes the cosines
  static DistractorSearch of(Backend backend, Named gallery, Named probes, Embeddings distractors) {
    var mates = new HashMap<String, List<Integer>>();
    for (var g = 0; g < gallery.people.size(); g++) {
      mates.computeIfAbsent(gallery.people.get(g), name -> new ArrayList<>()).add(g);
    }
    var probe = new ArrayList<Integer>();
    var mate = new ArrayList<Integer>();
    for (var p = 0; p < probes.people.size(); p++) {
      for (var g : mates.getOrDefault(probes.people.get(p), List.of())) {
        probe.add(p);
        mate.add(g);
      }
    }
    var scores = new float[probe.size()];
    for (var k = 0; k < scores.length; k++) {
      scores[k] =
          Embeddings.cosine(probes.embeddings, probe.get(k), gallery.embeddings, mate.get(k));
    }
    var sizes = sizes(distractors.count());
    var above = above(backend, probes.embeddings, probe, scores, distractors, sizes);
    return new DistractorSearch(sizes, above);
  }

  private static int[] sizes(int all) {
    var sizes = new ArrayList<Integer>();
    for (var size = 10L; size < all; size *= 10) {
      sizes.add((int) size);
    }
    sizes.add(all);
    return sizes.stream().mapToInt(Integer::intValue).toArray();
  }

  /// One more than the distractors that reach each score, for each size.
  private static int[][] above(
      Backend backend,
      Embeddings probes,
      List<Integer> probe,
      float[] scores,
      Embeddings distractors,
      int... sizes) {
    var ranks = new int[sizes.length][scores.length];
    for (var row : ranks) {
      Arrays.fill(row, 1);
    }
    var dim = probes.dim();
    var width = Math.max(1, Embeddings.BLOCK / Math.max(1, probes.count()));
    for (var from = 0; from < distractors.count(); from += width) {
      var columns = Math.min(width, distractors.count() - from);
      var some = Arrays.copyOfRange(distractors.values(), from * dim, (from + columns) * dim);
      var cosines = Embeddings.cosines(backend, probes.values(), some, dim);
      for (var k = 0; k < scores.length; k++) {
        var row = probe.get(k) * columns;
        for (var c = 0; c < columns; c++) {
          if (cosines[row + c] >= scores[k] - Similarities.ROUNDING) {
            for (var s = sizes.length - 1; s >= 0 && from + c < sizes[s]; s--) {
              ranks[s][k]++;
            }
          }
        }
      }
    }
    return ranks;
  }

  /// The share of probes and mates whose rank among the distractors of a size is `rank` or better.
  double rate(int size, int rank) {
    return Arrays.stream(ranks[size]).filter(r -> r <= rank).count() / (double) ranks[size].length;
  }

  /// The figures by name, such as `probes/distractors=1000/rank-1`.
  Map<String, Double> figures(String set) {
    var figures = new LinkedHashMap<String, Double>();
    for (var s = 0; s < sizes.length; s++) {
      for (var rank : REPORTED) {
        figures.put(set + "/distractors=" + sizes[s] + "/rank-" + rank, rate(s, rank));
      }
    }
    return figures;
  }

  /// A table for people of what was found for each set of probes.
  static String table(Map<String, DistractorSearch> sets) {
    var table =
        new Table(
            List.of("probes", "distractors", "tries"),
            REPORTED.stream().map(rank -> "rank-" + rank));
    sets.forEach(
        (name, found) -> {
          for (var s = 0; s < found.sizes.length; s++) {
            var size = s;
            table.row(
                List.of(name, Table.count(found.sizes[s]), Table.count(found.ranks[s].length)),
                REPORTED.stream().map(rank -> Table.percent(found.rate(size, rank))));
          }
        });
    return table.plain(1);
  }
}
