package facet.train.eval;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// A figure of an evaluation: how it is called, computed and printed. Log tables, JSON, CSV, the
/// report and experiments all take their figures from here; a new one is an entry of [#ALL].
///
/// @param name in files, where `group/name` is a figure of one kind of pairs
/// @param title in tables
/// @param percent whether it is a share, shown in percent
/// @param decimals of its text
/// @param lowIsBetter whether a low value is the better one
/// @param far the false-accept rate that it is taken at, else 1: it is undefined for fewer
///     negatives than `1 / far`
/// @param of computes it, NaN where that cannot be
public record Figure(
    String name,
    String title,
    boolean percent,
    int decimals,
    boolean lowIsBetter,
    double far,
    ToDoubleFunction<Similarities> of) {
  public static final Figure ACCURACY =
      new Figure(
          "balanced-accuracy", "accuracy", true, 2, false, 1, Similarities::balancedAccuracy);
  public static final Figure TAR_1E1 = tar(1);
  public static final Figure TAR_1E2 = tar(2);
  public static final Figure TAR_1E3 = tar(3);
  public static final Figure TAR_1E4 = tar(4);
  public static final Figure MARGIN =
      new Figure("margin", "margin", false, 3, false, 1, Similarities::margin);
  public static final Figure OVERLAP =
      new Figure("overlap", "overlap", true, 1, true, 1, Similarities::overlap);

  /// Every figure of one kind of pairs, in the order of tables and files.
  public static final List<Figure> ALL =
      List.of(ACCURACY, TAR_1E1, TAR_1E2, TAR_1E3, TAR_1E4, MARGIN, OVERLAP);

  /// Those that networks are compared by: some hundreds of people are enough for them.
  public static final List<Figure> COMPARED =
      ALL.stream().filter(figure -> figure != TAR_1E4).toList();

  /// The true-accept rate at a false-accept rate of `10^-exponent`.
  static Figure tar(int exponent) {
    var far = Double.parseDouble("1e-" + exponent);
    return new Figure(
        "tar@far=1e-" + exponent,
        "TAR@1e-" + exponent,
        true,
        2,
        false,
        far,
        similarities -> similarities.tarAtFar(far));
  }

  /// Whether this many negatives are enough for it.
  public boolean isDefined(int negatives) {
    return negatives * far >= 1 || far == 1;
  }

  /// Its value as text, `-` where it is undefined.
  public String text(Similarities similarities) {
    return isDefined(similarities.negatives().length)
        ? text(of.applyAsDouble(similarities), "", decimals)
        : "-";
  }

  /// A value of it, or a difference of values, as text.
  ///
  /// @param sign `+` for a difference, else nothing
  public String text(double value, String sign, int places) {
    var pattern = "%" + sign + "." + places + "f" + (percent ? "%%" : "");
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, pattern, scaled(value));
  }

  /// The value in the unit that is shown: percent or none.
  public double scaled(double value) {
    return percent ? 100 * value : value;
  }
}
