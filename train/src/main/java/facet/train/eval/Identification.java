package facet.train.eval;

import static facet.train.error.Printable.format;

import facet.train.text.Table;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Closed-set identification: for each probe, the place of its own person among the people of the
/// gallery, ordered by the highest cosine of their images with the probe. Among equals the probe's
/// own person comes last.
///
/// @param people in the gallery
/// @param ranks of the probes, from 1; 0 for a probe whose person is not in the gallery
public record Identification(int people, int[] ranks) {
  /// The ranks that are reported.
  private static final List<Integer> REPORTED = List.of(1, 5, 10);

  /// Searches for every probe in the gallery.
  ///
  /// @param galleryPeople whose face each image of the gallery is
  /// @param probePeople whose face each probe is
  public static Identification of(
      Embeddings gallery, List<String> galleryPeople, Embeddings probes, List<String> probePeople) {
    var number = new HashMap<String, Integer>();
    var person = new int[gallery.count()];
    for (var g = 0; g < person.length; g++) {
      person[g] = number.computeIfAbsent(galleryPeople.get(g), name -> number.size());
    }
    var ranks = new int[probes.count()];
    var best = new float[number.size()];
    for (var p = 0; p < ranks.length; p++) {
      var own = number.get(probePeople.get(p));
      if (own != null) {
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        for (var g = 0; g < person.length; g++) {
          best[person[g]] = Math.max(best[person[g]], Embeddings.cosine(probes, p, gallery, g));
        }
        ranks[p] = rank(best, own);
      }
    }
    return new Identification(number.size(), ranks);
  }

  static int rank(float[] best, int own) {
    var rank = 0;
    for (var score : best) {
      rank += score >= best[own] ? 1 : 0;
    }
    return rank;
  }

  /// How many probes have their person in the gallery.
  public int known() {
    return (int) Arrays.stream(ranks).filter(rank -> rank > 0).count();
  }

  /// The share of the known probes whose person is among the first `rank`.
  public double rate(int rank) {
    return Arrays.stream(ranks).filter(r -> r > 0 && r <= rank).count() / (double) known();
  }

  /// The figures by name.
  public Map<String, Double> figures(String set) {
    var figures = new LinkedHashMap<String, Double>();
    figures.put(set + "/gallery-people", (double) people);
    figures.put(set + "/probes", (double) ranks.length);
    figures.put(set + "/probes-without-gallery", (double) (ranks.length - known()));
    for (var rank : REPORTED) {
      figures.put(set + "/rank-" + rank, rate(rank));
    }
    return figures;
  }

  /// A table for people of what was found for each set of probes.
  public static String table(Map<String, Identification> sets) {
    var table =
        new Table(
            List.of("probes", "gallery", "probes"), REPORTED.stream().map(rank -> "rank-" + rank));
    var notes = new StringBuilder();
    sets.forEach(
        (name, found) -> {
          table.row(
              List.of(name, Table.count(found.people), Table.count(found.known())),
              REPORTED.stream().map(rank -> Table.percent(found.rate(rank))));
          var unknown = found.ranks.length - found.known();
          if (unknown > 0) {
            notes.append(
                format("%n%s: %,d more probes of people not in the gallery", name, unknown));
          }
        });
    return table.plain(1) + notes;
  }
}
