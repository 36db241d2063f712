package facet.train.eval;

import facet.tensor.Backend;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// IJB's 1:N identification: whose template of a gallery a probe is most similar to. A person is as
/// similar as the best of their templates; among equals the probe's own person comes last.
///
/// - **Closed set**: of the probes whose person is in the gallery, the share whose person is among
///   the first `k`.
/// - **Open set**: a search is an alarm if somebody reaches the threshold. The other probes, whose
///   person is not in the gallery, give the threshold: that at which a share `FPIR` of them is an
///   alarm. TPIR is the share of the first kind whose own person comes first and reaches it.
///
/// @param people in the gallery
/// @param ranks of the probes whose person is there, from 1
/// @param alarms positive: the cosines with their own person of the same probes, [#NOT_FIRST] if
///     that is not the highest; negative: the highest cosines of the others
record TemplateSearch(int people, int[] ranks, Similarities alarms) {
  /// Reaches no threshold.
  static final float NOT_FIRST = -2;

  private static final List<Integer> REPORTED = List.of(1, 5, 10);

  /// The rates that papers report.
  static final List<Figure> FIGURES = Stream.of(1, 2, 3).map(Figure::tpir).toList();

  /// Searches for every probe in a gallery.
  ///
  /// @param backend computes the cosines
  /// @param e of all templates
  static TemplateSearch of(
      Backend backend,
      Embeddings e,
      TemplateLists.Templates gallery,
      TemplateLists.Templates probes) {
    var number = new HashMap<Integer, Integer>();
    var column = new int[gallery.person().length]; // the person's place among those of the gallery
    for (var g = 0; g < column.length; g++) {
      column[g] = number.computeIfAbsent(gallery.person()[g], person -> number.size());
    }
    var known = rows(e, gallery.template(), 0, column.length);
    var count = probes.template().length;
    var ranks = IntStream.builder();
    var alarms = new SimilarityLists();
    var height = Math.max(1, Embeddings.BLOCK / column.length);
    var best = new float[number.size()];
    for (var from = 0; from < count; from += height) {
      var to = Math.min(from + height, count);
      var cosines =
          Embeddings.cosines(backend, rows(e, probes.template(), from, to), known, e.dim());
      for (var i = from; i < to; i++) {
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        for (var g = 0; g < column.length; g++) {
          best[column[g]] = Math.max(best[column[g]], cosines[(i - from) * column.length + g]);
        }
        var own = number.get(probes.person()[i]);
        if (own == null) {
          alarms.add(false, highest(best));
        } else {
          var rank = Identification.rank(best, own);
          ranks.add(rank);
          alarms.add(true, rank == 1 ? best[own] : NOT_FIRST);
        }
      }
    }
    return new TemplateSearch(number.size(), ranks.build().toArray(), alarms.similarities());
  }

  private static float highest(float... values) {
    var highest = values[0];
    for (var value : values) {
      highest = Math.max(highest, value);
    }
    return highest;
  }

  private static float[] rows(Embeddings e, int[] template, int from, int to) {
    var rows = new float[(to - from) * e.dim()];
    for (var i = from; i < to; i++) {
      System.arraycopy(e.values(), template[i] * e.dim(), rows, (i - from) * e.dim(), e.dim());
    }
    return rows;
  }

  /// The share of the probes with a rank of `rank` or better.
  double rate(int rank) {
    return Arrays.stream(ranks).filter(r -> r <= rank).count() / (double) ranks.length;
  }

  /// Every share by its name in files, or by its title; NaN where there are too few others.
  Map<String, Double> rates(boolean titles) {
    var rates = new LinkedHashMap<String, Double>();
    REPORTED.forEach(rank -> rates.put("rank-" + rank, rate(rank)));
    FIGURES.forEach(
        figure -> rates.put(titles ? figure.title() : figure.name(), figure.value(alarms, null)));
    return rates;
  }

  /// Probes whose person is not in the gallery.
  int others() {
    return alarms.negatives().length;
  }
}
