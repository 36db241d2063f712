package facet.train.eval;

import facet.train.text.Json;
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
/// @param hardest the pairs that are furthest from what they should be, likewise
public record EvalReport(
    String name,
    int images,
    double meanNorm,
    @Nullable PairResult pairs,
    Map<AllPairs.Kind, Similarities> domains,
    Map<AllPairs.Kind, HardPairs> hardest) {

  /// The false-accept rates that are reported.
  public static final List<Double> FARS = List.of(1e-1, 1e-2, 1e-3, 1e-4);

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
      groups.put("list", pairs.similarities());
    }
    domains.forEach((kind, similarities) -> groups.put(kind.label(), similarities));
    return groups;
  }

  /// Every figure by name, such as `hard-hard/tar@far=0.01`, rates in `[0, 1]`.
  public Map<String, Double> figures() {
    var figures = new LinkedHashMap<String, Double>();
    figures.put("images", (double) images);
    figures.put("xnorm", meanNorm);
    if (pairs != null) {
      figures.put("pairs/count", (double) pairs.count());
      figures.put("pairs/accuracy", pairs.accuracy().mean());
      figures.put("pairs/accuracy-std", pairs.accuracy().deviation());
      figures.put("pairs/threshold", pairs.accuracy().threshold());
      add(figures, "pairs", pairs.similarities());
    }
    domains.forEach((kind, similarities) -> add(figures, kind.label(), similarities));
    return figures;
  }

  private static void add(Map<String, Double> figures, String group, Similarities s) {
    figures.put(group + "/positives", (double) s.positives().length);
    figures.put(group + "/negatives", (double) s.negatives().length);
    figures.put(group + "/balanced-accuracy", s.balancedAccuracy());
    for (var far : FARS) {
      figures.put(group + "/tar@far=" + rate(far), s.tarAtFar(far));
    }
    figures.put(group + "/margin", s.margin());
    figures.put(group + "/overlap", s.overlap());
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
    var rows = new ArrayList<String>();
    rows.add(
        format(
            "%-10s %9s %9s %9s  %7s %7s %7s %7s  %7s %7s",
            "pairs",
            "same",
            "different",
            "accuracy",
            "@1e-1",
            "@1e-2",
            "@1e-3",
            "@1e-4",
            "margin",
            "overlap"));
    if (pairs != null) {
      rows.add(row("list", pairs.similarities()));
    }
    domains.forEach((kind, similarities) -> rows.add(row(kind.label(), similarities)));
    if (pairs != null) {
      rows.add(
          format(
              "%d-fold accuracy over %,d pairs (%s): %.2f +- %.2f %%",
              pairs.accuracy().folds().length,
              pairs.count(),
              pairs.source(),
              100 * pairs.accuracy().mean(),
              100 * pairs.accuracy().deviation()));
    }
    return String.join(System.lineSeparator(), rows);
  }

  private static String row(String label, Similarities s) {
    var text = new StringBuilder();
    text.append(
        format(
            "%-10s %,9d %,9d %8.2f%% ",
            label, s.positives().length, s.negatives().length, 100 * s.balancedAccuracy()));
    for (var far : FARS) {
      // fewer negatives than 1/far cannot tell that rate
      text.append(
          s.negatives().length * far < 1 ? "       -" : format(" %6.2f%%", 100 * s.tarAtFar(far)));
    }
    return text.append(format("  %7.3f %6.1f%%", s.margin(), 100 * s.overlap())).toString();
  }

  /// The figures as one JSON object.
  public String json() {
    var all = new LinkedHashMap<String, Object>();
    all.put("name", name);
    all.putAll(figures());
    return Json.text(all);
  }

  private static String rate(double far) {
    return switch ((int) Math.round(-Math.log10(far))) {
      case 1 -> "1e-1";
      case 2 -> "1e-2";
      case 3 -> "1e-3";
      default -> "1e-4";
    };
  }

  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
