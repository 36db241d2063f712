package facet.train.eval;

import static facet.train.error.Printable.format;

import facet.train.text.Table;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A figure of an evaluation: how it is called, computed and printed. Log tables, JSON, CSV, the
/// report and experiments all take their figures from here; a new one is an entry of [#OWN] or
/// [#SHARED].
///
/// @param name in files, where `group/name` is a figure of one kind of pairs
/// @param title in tables
/// @param percent whether it is a share, shown in percent
/// @param decimals of its text
/// @param lowIsBetter whether a low value is the better one
/// @param far the false-accept rate that it is taken at, else 1: it is undefined for fewer
///     negatives than `1 / far`
/// @param shared whether it compares with the easy pairs, whose negatives then are what counts
/// @param of computes it, NaN where that cannot be
public record Figure(
    String name,
    String title,
    boolean percent,
    int decimals,
    boolean lowIsBetter,
    double far,
    boolean shared,
    Formula of)
    implements Quantity {
  /// The value for pairs of one kind.
  @FunctionalInterface
  public interface Formula {
    /// @param easy the pairs of two easy images
    double value(Similarities pairs, Similarities easy);
  }

  public static final Figure ACCURACY =
      own("balanced-accuracy", "accuracy", true, 2, false, 1, Similarities::balancedAccuracy);
  public static final Figure TAR_1E1 = tar(1);
  public static final Figure TAR_1E2 = tar(2);
  public static final Figure TAR_1E3 = tar(3);
  public static final Figure TAR_1E4 = tar(4);
  public static final Figure MARGIN =
      own("margin", "margin", false, 3, false, 1, Similarities::margin);
  public static final Figure OVERLAP =
      own("overlap", "overlap", true, 1, true, 1, Similarities::overlap);

  /// Of one kind of pairs by itself, in the order of tables and files.
  public static final List<Figure> OWN =
      List.of(ACCURACY, TAR_1E1, TAR_1E2, TAR_1E3, TAR_1E4, MARGIN, OVERLAP);

  /// Of one kind of pairs beside the easy ones: who decides by one threshold for all faces takes
  /// that of easy pairs; what then becomes of the others shows whether their distributions are the
  /// same.
  public static final List<Figure> SHARED =
      Stream.concat(
              Stream.of(1, 2, 3).flatMap(Figure::atThreshold),
              Stream.of(
                  distance(
                      "gap-positive",
                      "E+ gap",
                      (pairs, easy) -> Math.abs(easy.meanPositive() - pairs.meanPositive())),
                  distance(
                      "kl-positive",
                      "KL same",
                      (pairs, easy) -> Divergences.of(easy.positives(), pairs.positives())),
                  distance(
                      "kl-negative",
                      "KL different",
                      (pairs, easy) -> Divergences.of(easy.negatives(), pairs.negatives()))))
          .toList();

  /// Every figure of one kind of pairs.
  public static final List<Figure> ALL = Stream.concat(OWN.stream(), SHARED.stream()).toList();

  /// Those that networks are compared by: some hundreds of people are enough for them.
  public static final List<Figure> COMPARED =
      OWN.stream().filter(figure -> figure != TAR_1E4).toList();

  /// Those at a false-accept rate, each at a threshold of its own.
  static final List<Figure> RATES = OWN.stream().filter(Figure::isRate).toList();

  private static Figure own(
      String name,
      String title,
      boolean percent,
      int decimals,
      boolean lowIsBetter,
      double far,
      ToDoubleFunction<Similarities> of) {
    return new Figure(
        name,
        title,
        percent,
        decimals,
        lowIsBetter,
        far,
        false,
        (pairs, easy) -> of.applyAsDouble(pairs));
  }

  /// The true-accept rate at a false-accept rate of `10^-exponent`.
  static Figure tar(int exponent) {
    return rate("tar@far=1e-", "TAR@1e-", exponent);
  }

  /// The true-positive identification rate at a false-positive one of `10^-exponent`: of searches,
  /// of which the positives are those for people who are in the gallery.
  static Figure tpir(int exponent) {
    return rate("tpir@fpir=1e-", "TPIR@1e-", exponent);
  }

  private static Figure rate(String name, String title, int exponent) {
    var far = far(exponent);
    return own(
        name + exponent,
        title + exponent,
        true,
        2,
        false,
        far,
        similarities -> similarities.tarAtFar(far));
  }

  /// True and false accepts at the threshold that easy pairs have at a false-accept rate.
  private static Stream<Figure> atThreshold(int exponent) {
    var far = far(exponent);
    return Stream.of(
        new Figure(
            "tar@easy-far=1e-" + exponent,
            "TAR@easy 1e-" + exponent,
            true,
            2,
            false,
            far,
            true,
            (pairs, easy) -> Similarities.share(pairs.positives(), easy.thresholdAtFar(far))),
        new Figure(
            "far@easy-far=1e-" + exponent,
            "FAR@easy 1e-" + exponent,
            true,
            2,
            true,
            far,
            true,
            (pairs, easy) -> Similarities.share(pairs.negatives(), easy.thresholdAtFar(far))));
  }

  private static double far(int exponent) {
    return Double.parseDouble("1e-" + exponent);
  }

  private static Figure distance(String name, String title, Formula of) {
    return new Figure(name, title, false, 3, true, 1, true, of);
  }

  /// Its value, NaN where it is undefined: without pairs of both kinds, with fewer negatives than
  /// its false-accept rate needs, or without easy pairs to compare with.
  ///
  /// @param easy the pairs of two easy images, null if there are none
  public double value(Similarities pairs, @Nullable Similarities easy) {
    var reference = shared ? easy : pairs;
    if (reference == null || !reference.isComplete() || !pairs.isComplete()) {
      return Double.NaN;
    }
    var resolved = far == 1 || reference.negatives().length * far >= 1;
    return resolved ? of.value(pairs, reference) : Double.NaN;
  }

  /// Whether it is taken at a false-accept rate of its own pairs, and so at a threshold.
  public boolean isRate() {
    return far < 1 && !shared;
  }

  /// The rate as in its name, `1e-2`.
  String rate() {
    return name.substring(name.indexOf('=') + 1);
  }

  /// The name in files of [#threshold], with its unit.
  String thresholdName() {
    return "threshold-cosine" + name.substring(name.indexOf('@'));
  }

  /// The cosine from which pairs are accepted at its rate, NaN where there are too few pairs.
  double threshold(Similarities s) {
    return Double.isNaN(value(s, null)) ? Double.NaN : s.thresholdAtFar(far);
  }

  String thresholdText(Similarities s) {
    var threshold = threshold(s);
    return Double.isNaN(threshold) ? "-" : format("%.4f", threshold);
  }

  /// Its [#value] as text, `-` where it is undefined.
  public String text(Similarities pairs, @Nullable Similarities easy) {
    return text(value(pairs, easy), "", decimals);
  }

  /// A table with these figures of pairs.
  ///
  /// @param groups what the rows are
  static Table table(String groups, List<Figure> figures) {
    return new Table(List.of(groups, "same", "different"), figures.stream().map(Figure::title));
  }

  /// A row of [#table].
  static void row(
      Table table,
      String group,
      List<Figure> figures,
      Similarities s,
      @Nullable Similarities easy) {
    table.row(
        List.of(group, Table.count(s.positives().length), Table.count(s.negatives().length)),
        figures.stream().map(figure -> figure.text(s, easy)));
  }

  /// A value of it, or a difference of values, as text.
  ///
  /// @param sign `+` for a difference, else nothing
  public String text(double value, String sign, int places) {
    var pattern = "%" + sign + "." + places + "f" + (percent ? "%%" : "");
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, pattern, scaled(value));
  }
}
