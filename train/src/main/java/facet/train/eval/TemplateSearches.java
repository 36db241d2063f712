package facet.train.eval;

import facet.tensor.Backend;
import facet.train.text.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What the probes of an IJB set find in its galleries: in each, on average over them, and in all
/// of them together, as insightface searches.
///
/// @param galleries by name; the last of several is all [#TOGETHER]
record TemplateSearches(Map<String, TemplateSearch> galleries) {
  private static final String TOGETHER = "together";
  private static final String MEAN = "mean";

  /// What no gallery may be called.
  static final List<String> NAMES = List.of(TOGETHER, MEAN);

  /// @param backend computes the cosines
  /// @param e of all templates
  static TemplateSearches of(Backend backend, Embeddings e, TemplateLists lists) {
    var found = new LinkedHashMap<String, TemplateSearch>();
    lists
        .galleries()
        .forEach(
            (name, gallery) ->
                found.put(name, TemplateSearch.of(backend, e, gallery, lists.probes())));
    if (found.size() > 1) {
      var all = joined(List.copyOf(lists.galleries().values()));
      found.put(TOGETHER, TemplateSearch.of(backend, e, all, lists.probes()));
    }
    return new TemplateSearches(found);
  }

  private static TemplateLists.Templates joined(List<TemplateLists.Templates> galleries) {
    return new TemplateLists.Templates(
        galleries.stream().flatMapToInt(g -> IntStream.of(g.template())).toArray(),
        galleries.stream().flatMapToInt(g -> IntStream.of(g.person())).toArray());
  }

  /// Over the galleries; NaN where one has none. Empty for a single gallery.
  private Map<String, Double> means(boolean titles) {
    var means = new LinkedHashMap<String, Double>();
    galleries.forEach(
        (name, found) -> {
          if (galleries.containsKey(TOGETHER) && !name.equals(TOGETHER)) {
            var weight = 1.0 / (galleries.size() - 1);
            found
                .rates(titles)
                .forEach((rate, value) -> means.merge(rate, weight * value, Double::sum));
          }
        });
    return means;
  }

  /// The figures by name, such as `G1/rank-1` and `mean/tpir@fpir=1e-2`.
  Map<String, Double> figures() {
    var figures = new LinkedHashMap<String, Double>();
    galleries.forEach(
        (name, found) -> {
          figures.put(name + "/gallery-people", (double) found.people());
          figures.put(name + "/probes", (double) found.ranks().length);
          figures.put(name + "/probes-without-gallery", (double) found.others());
          found.rates(false).forEach((rate, value) -> figures.put(name + "/" + rate, value));
          for (var figure : TemplateSearch.FIGURES) {
            figures.put(name + "/" + figure.thresholdName(), figure.threshold(found.alarms()));
          }
        });
    means(false).forEach((rate, value) -> figures.put(MEAN + "/" + rate, value));
    return figures;
  }

  /// A table for people.
  String table() {
    var table =
        new Table(
            List.of("gallery", "people", "probes", "others"),
            galleries.values().iterator().next().rates(true).keySet().stream());
    galleries.forEach(
        (name, found) -> {
          if (name.equals(TOGETHER)) {
            table.row(List.of(MEAN, "", "", ""), percents(means(true)));
          }
          table.row(
              List.of(
                  name,
                  Table.count(found.people()),
                  Table.count(found.ranks().length),
                  Table.count(found.others())),
              percents(found.rates(true)));
        });
    return table.plain(1);
  }

  private static Stream<String> percents(Map<String, Double> rates) {
    return rates.values().stream().map(Table::percent);
  }
}
