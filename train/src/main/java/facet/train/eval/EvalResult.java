package facet.train.eval;

import facet.train.text.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an evaluation found.
///
/// @param name of the set, for log lines
/// @param images how many images were embedded
/// @param meanNorm the mean length of an embedding before normalising
/// @param pairs accuracy over a list of pairs in folds
/// @param domains the similarities of all pairs of images, by the domains they join
/// @param hardest the pairs that are furthest from what they should be, by the same domains
public record EvalResult(
    String name,
    int images,
    double meanNorm,
    @Nullable PairResult pairs,
    Map<AllPairs.Kind, Similarities> domains,
    Map<AllPairs.Kind, HardPairs> hardest) {
  /// The pair list, where people see it and in the names of figures.
  private static final String LIST = "list";

  private static final String PAIRS = "pairs";

  /// @param source where the pairs come from, for the reader
  /// @param count of pairs
  public record PairResult(
      String source, int count, KFold.Result accuracy, Similarities similarities) {}

  /// Accuracy over the pair list in `[0, 1]`, else the mean balanced accuracy of the domains: what
  /// decides which checkpoint is the best.
  public double score() {
    if (pairs != null) {
      return pairs.accuracy().mean();
    }
    return domains.values().stream()
        .mapToDouble(Similarities::balancedAccuracy)
        .average()
        .orElse(Double.NaN);
  }

  /// The similarities by what they join: `list` for the pair list, then the domains.
  public Map<String, Similarities> groups() {
    var groups = new LinkedHashMap<String, Similarities>();
    if (pairs != null) {
      groups.put(LIST, pairs.similarities());
    }
    domains.forEach((kind, similarities) -> groups.put(kind.label(), similarities));
    return groups;
  }

  /// Every figure by name, such as `hard-hard/tar@far=1e-2`, rates in `[0, 1]`.
  public Map<String, Double> figures() {
    var figures = new LinkedHashMap<String, Double>();
    figures.put("images", (double) images);
    figures.put("xnorm", meanNorm);
    if (pairs != null) {
      figures.put(PAIRS + "/count", (double) pairs.count());
      figures.put(PAIRS + "/accuracy", pairs.accuracy().mean());
      figures.put(PAIRS + "/accuracy-std", pairs.accuracy().deviation());
      figures.put(PAIRS + "/threshold", pairs.accuracy().threshold());
      add(figures, PAIRS, pairs.similarities());
    }
    domains.forEach((kind, similarities) -> add(figures, kind.label(), similarities));
    return figures;
  }

  private static void add(Map<String, Double> figures, String group, Similarities s) {
    figures.put(group + "/positives", (double) s.positives().length);
    figures.put(group + "/negatives", (double) s.negatives().length);
    for (var figure : Figure.ALL) {
      figures.put(group + "/" + figure.name(), figure.of().applyAsDouble(s));
    }
  }

  /// The name in [#figures] of a figure of one of the [#groups].
  public static String name(String group, Figure figure) {
    return (group.equals(LIST) ? PAIRS : group) + "/" + figure.name();
  }

  /// Lines in the words of insightface's verification log.
  public List<String> logLines(int step) {
    var lines = new ArrayList<String>();
    var tag = String.format(Locale.ROOT, "[%s][%d]", name, step);
    lines.add(format("%sXNorm: %.6f", tag, meanNorm));
    if (pairs != null) {
      lines.add(
          format(
              "%sAccuracy-Flip: %.5f+-%.5f",
              tag, pairs.accuracy().mean(), pairs.accuracy().deviation()));
    }
    return lines;
  }

  /// A table for people: one row for the pair list and for each kind of pairs.
  public String table() {
    var header = new ArrayList<>(List.of("pairs", "same", "different"));
    Figure.ALL.forEach(figure -> header.add(figure.title()));
    var table = new Table(header);
    groups()
        .forEach(
            (name, s) -> {
              var row = new ArrayList<>(List.of(name));
              row.add(format("%,d", s.positives().length));
              row.add(format("%,d", s.negatives().length));
              Figure.ALL.forEach(figure -> row.add(figure.text(s)));
              table.row(row);
            });
    if (pairs == null) {
      return table.plain(1);
    }
    return table.plain(1)
        + System.lineSeparator()
        + format(
            "%d-fold accuracy over %,d pairs (%s): %.2f +- %.2f %%",
            pairs.accuracy().folds().length,
            pairs.count(),
            pairs.source(),
            100 * pairs.accuracy().mean(),
            100 * pairs.accuracy().deviation());
  }

  /// All of it, as `facet eval` shows and writes it.
  Evaluation.Findings findings() {
    var all = new LinkedHashMap<String, Object>();
    all.put("name", name);
    all.putAll(figures());
    var lines = new ArrayList<>(logLines(0));
    lines.add(table());
    return new Evaluation.Findings(String.join(System.lineSeparator(), lines), all, groups());
  }

  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
