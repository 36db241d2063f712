package facet.train.eval;

import static facet.train.error.Printable.format;

import facet.train.text.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an evaluation found.
///
/// @param name of the set, for log lines
/// @param images how many images were embedded
/// @param meanNorm the mean length of an embedding before normalising
/// @param pairs accuracy over a list of pairs in folds
/// @param domains the similarities of all pairs of images, by the domains they join
/// @param pooled all of `domains` together, null unless there are several
/// @param hardest the pairs that are furthest from what they should be, by the same domains
/// @param resampled the figures of people drawn again, null unless they were asked for
/// @param peopleGroups the similarities within groups of people, none unless they were asked for
/// @param others what was found on other sets in the same go
public record EvalResult(
    String name,
    int images,
    double meanNorm,
    @Nullable PairResult pairs,
    Map<AllPairs.Kind, Similarities> domains,
    @Nullable Similarities pooled,
    Map<AllPairs.Kind, HardPairs> hardest,
    @Nullable Resampled resampled,
    Map<String, Similarities> peopleGroups,
    List<EvalResult> others) {
  /// The pair list, where people see it and in the names of figures.
  static final String LIST = "list";

  private static final String PAIRS = "pairs";

  /// All pairs of images, whatever they join.
  public static final String POOLED = "pooled";

  /// Pools the domains.
  EvalResult(
      String name,
      int images,
      double meanNorm,
      @Nullable PairResult pairs,
      Map<AllPairs.Kind, Similarities> domains,
      Map<AllPairs.Kind, HardPairs> hardest,
      @Nullable Resampled resampled,
      Map<String, Similarities> peopleGroups) {
    this(
        name,
        images,
        meanNorm,
        pairs,
        domains,
        domains.size() > 1 ? Similarities.pooled(domains.values()) : null,
        hardest,
        resampled,
        peopleGroups,
        List.of());
  }

  /// This one with others.
  EvalResult with(List<EvalResult> more) {
    return new EvalResult(
        name,
        images,
        meanNorm,
        pairs,
        domains,
        pooled,
        hardest,
        resampled,
        peopleGroups,
        List.copyOf(more));
  }

  /// This one without others.
  public EvalResult alone() {
    return with(List.of());
  }

  /// @param source where the pairs come from, for the reader
  /// @param count of pairs
  public record PairResult(
      String source, int count, KFold.Result accuracy, Similarities similarities) {}

  /// Accuracy over the pair list in `[0, 1]`, else the mean balanced accuracy of the domains; the
  /// mean over all sets: what decides which checkpoint is the best.
  public double score() {
    var sum = ownScore();
    for (var other : others) {
      sum += other.score();
    }
    return sum / (1 + others.size());
  }

  /// The names of all sets, `lfw+cfp_fp`.
  public String sets() {
    var sets = new StringBuilder(name);
    others.forEach(other -> sets.append('+').append(other.name));
    return sets.toString();
  }

  private double ownScore() {
    if (pairs != null) {
      return pairs.accuracy().mean();
    }
    return domains.values().stream()
        .mapToDouble(Similarities::balancedAccuracy)
        .average()
        .orElse(Double.NaN);
  }

  /// The similarities by what they join: `list` for the pair list, then the domains, and `pooled`
  /// for all of the domains' together, which are decided by one threshold.
  public Map<String, Similarities> groups() {
    var groups = new LinkedHashMap<String, Similarities>();
    if (pairs != null) {
      groups.put(LIST, pairs.similarities());
    }
    domains.forEach((kind, similarities) -> groups.put(kind.label(), similarities));
    if (pooled != null) {
      groups.put(POOLED, pooled);
    }
    return groups;
  }

  /// What the [Figure#SHARED] figures compare with.
  private @Nullable Similarities easy() {
    return domains.get(AllPairs.Kind.EASY_EASY);
  }

  /// The groups of all pairs of images, as [#groups] names them.
  public static List<String> kinds() {
    var kinds = new ArrayList<String>();
    for (var kind : AllPairs.Kind.values()) {
      kinds.add(kind.label());
    }
    kinds.add(POOLED);
    return kinds;
  }

  /// Every figure by name, such as `hard-hard/tar@far=1e-2`, rates in `[0, 1]`, NaN where there are
  /// too few pairs for it; of several sets behind the name of the set, `lfw/pairs/accuracy`.
  public Map<String, Double> figures() {
    if (others.isEmpty()) {
      return ownFigures();
    }
    var figures = new LinkedHashMap<String, Double>();
    ownFigures().forEach((key, value) -> figures.put(name + "/" + key, value));
    for (var other : others) {
      other.ownFigures().forEach((key, value) -> figures.put(other.name + "/" + key, value));
    }
    return figures;
  }

  private Map<String, Double> ownFigures() {
    var figures = new LinkedHashMap<String, Double>();
    figures.put("images", (double) images);
    figures.put("xnorm", meanNorm);
    if (pairs != null) {
      figures.put(PAIRS + "/count", (double) pairs.count());
      figures.put(PAIRS + "/accuracy", pairs.accuracy().mean());
      figures.put(PAIRS + "/accuracy-std", pairs.accuracy().deviation());
      figures.put(PAIRS + "/threshold-cosine", pairs.accuracy().cosine());
      figures.put(PAIRS + "/threshold-squared-distance", pairs.accuracy().threshold());
    }
    groups()
        .forEach(
            (group, s) -> {
              figures.put(name(group, "positives"), (double) s.positives().length);
              figures.put(name(group, "negatives"), (double) s.negatives().length);
              for (var figure : figures(group)) {
                figures.put(name(group, figure), figure.value(s, easy()));
              }
              for (var rate : Figure.RATES) {
                figures.put(name(group, rate.thresholdName()), rate.threshold(s));
              }
            });
    if (!peopleGroups.isEmpty()) {
      figures.putAll(PeopleGroups.figures(peopleGroups));
    }
    return figures;
  }

  /// A list's pairs join what they join: beside the easy pairs of all they say nothing.
  private static List<Figure> figures(String group) {
    return group.equals(LIST) ? Figure.OWN : Figure.ALL;
  }

  /// The name in [#figures] of a figure of one of the [#groups].
  public static String name(String group, Figure figure) {
    return name(group, figure.name());
  }

  private static String name(String group, String figure) {
    return (group.equals(LIST) ? PAIRS : group) + "/" + figure;
  }

  /// Lines in the words of insightface's verification log.
  public List<String> logLines(int step) {
    var lines = new ArrayList<String>();
    var tag = format("[%s][%d]", name, step);
    lines.add(format("%sXNorm: %.6f", tag, meanNorm));
    if (!groups().isEmpty() && groups().values().stream().allMatch(Similarities::areEqual)) {
      lines.add(tag + "Every face has the same embedding: the network tells nobody apart.");
    }
    if (domains.isEmpty()) {
      lines.add(
          format(
              "%s%,d images are too many for all their pairs (at most %,d): the figures are of"
                  + " pairs drawn from them alone.",
              tag, images, Evaluation.MAX_ALL_PAIRS_IMAGES));
    }
    if (pairs != null) {
      lines.add(
          format(
              "%sAccuracy-Flip: %.5f+-%.5f",
              tag, pairs.accuracy().mean(), pairs.accuracy().deviation()));
    }
    others.forEach(other -> lines.addAll(other.logLines(step)));
    return lines;
  }

  /// A table for people: one row for the pair list and for each kind of pairs; and one with a
  /// shared threshold if there are several kinds.
  public String table() {
    if (others.isEmpty()) {
      return ownTable();
    }
    var text = new StringBuilder(name + ":" + System.lineSeparator() + ownTable());
    for (var other : others) {
      text.append(System.lineSeparator()).append(other.name).append(':');
      text.append(System.lineSeparator()).append(other.ownTable());
    }
    return text.toString();
  }

  private String ownTable() {
    var text = table(Figure.OWN).plain(1);
    if (easy() != null && pooled != null) {
      text += System.lineSeparator() + table(Figure.SHARED).plain(1);
    }
    if (!peopleGroups.isEmpty()) {
      text += System.lineSeparator() + PeopleGroups.table(peopleGroups);
    }
    if (pairs == null) {
      return text;
    }
    return text
        + System.lineSeparator()
        + format(
            "%d-fold accuracy over %,d pairs (%s): %.2f +- %.2f %%",
            pairs.accuracy().folds().length,
            pairs.count(),
            pairs.source(),
            100 * pairs.accuracy().mean(),
            100 * pairs.accuracy().deviation());
  }

  /// The [#groups] without a domain that all pairs of the list are of, which would say it again.
  private Map<String, Similarities> rows() {
    var rows = groups();
    if (pairs != null && pairs.source().equals(LIST) && domains.size() == 1) {
      domains.forEach(
          (kind, s) -> {
            if (s.positives().length + s.negatives().length == pairs.count()) {
              rows.remove(kind.label());
            }
          });
    }
    return rows;
  }

  private Table table(List<Figure> figures) {
    var table = Figure.table("pairs", figures);
    rows()
        .forEach(
            (name, s) -> {
              if (figures(name).containsAll(figures)) {
                Figure.row(table, name, figures, s, easy());
              }
            });
    return table;
  }

  /// The cosine from which pairs are accepted at each rate, a row for each kind of pairs.
  private String thresholds() {
    var titles = Figure.RATES.stream().map(rate -> "FAR " + rate.rate());
    var table = new Table(List.of("accepted from a cosine of"), titles);
    rows()
        .forEach(
            (group, s) ->
                table.row(
                    List.of(group), Figure.RATES.stream().map(rate -> rate.thresholdText(s))));
    if (pairs == null) {
      return table.plain(1);
    }
    return table.plain(1)
        + System.lineSeparator()
        + format("The folds accept from a cosine of %.4f.", pairs.accuracy().cosine());
  }

  /// All of it, as `facet eval` shows and writes it.
  Evaluation.Findings findings() {
    var all = new LinkedHashMap<String, Object>();
    all.put("name", name);
    all.putAll(figures());
    var lines = new ArrayList<>(logLines(0));
    lines.add(thresholds());
    var curves = new LinkedHashMap<>(groups());
    for (var other : others) {
      lines.add(other.name + ":");
      lines.add(other.thresholds());
      other.groups().forEach((group, s) -> curves.put(other.name + "/" + group, s));
    }
    lines.add(table()); // the figures that most people look for come last
    return new Evaluation.Findings(String.join(System.lineSeparator(), lines), all, curves);
  }
}
