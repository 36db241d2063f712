package facet.train.eval;

import facet.train.text.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// IJB's 1:1 verification of templates.
///
/// @param similarities of the pairs of templates
public record TemplateResult(int images, int templates, Similarities similarities) {
  private static final String SET = "templates";

  /// The rates that papers report.
  static final List<Figure> FIGURES =
      IntStream.iterate(6, exponent -> exponent > 0, exponent -> exponent - 1)
          .mapToObj(Figure::tar)
          .toList();

  /// Compares the templates.
  ///
  /// @param pooled their embeddings
  public static TemplateResult of(TemplateSet set, TemplateSet.Pairs pairs, Embeddings pooled) {
    var similarities = new SimilarityLists();
    for (var i = 0; i < pairs.same().length; i++) {
      similarities.add(pairs.same()[i], pooled.cosine(pairs.first()[i], pairs.second()[i]));
    }
    return new TemplateResult(set.images().size(), set.names().size(), similarities.similarities());
  }

  /// All of it, as `facet eval` shows and writes it.
  Evaluation.Findings findings() {
    return new Evaluation.Findings(
        table(), new LinkedHashMap<>(figures()), Map.of(SET, similarities));
  }

  /// Every figure by name.
  public Map<String, Double> figures() {
    var figures = new LinkedHashMap<String, Double>();
    figures.put("images", (double) images);
    figures.put(SET, (double) templates);
    figures.put(SET + "/positives", (double) similarities.positives().length);
    figures.put(SET + "/negatives", (double) similarities.negatives().length);
    for (var figure : FIGURES) {
      figures.put(SET + "/" + figure.name(), figure.value(similarities, null));
      figures.put(SET + "/" + figure.thresholdName(), figure.threshold(similarities));
    }
    return figures;
  }

  /// A table for people.
  public String table() {
    var table = Figure.table(SET, FIGURES);
    Figure.row(table, Table.count(templates), FIGURES, similarities, null);
    table.row(
        List.of("accepted from a cosine of", "", ""),
        FIGURES.stream().map(figure -> figure.thresholdText(similarities)));
    return table.plain(0);
  }
}
