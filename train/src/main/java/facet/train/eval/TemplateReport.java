package facet.train.eval;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// IJB's 1:1 verification of templates.
///
/// @param similarities of the pairs of templates
public record TemplateReport(int images, int templates, Similarities similarities) {
  /// The rates that papers report.
  static final List<Double> FARS = List.of(1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1);

  /// Pools the images' features and compares the templates.
  ///
  /// @param features `[images, dim]`, not normalised
  public static TemplateReport of(TemplateSet set, float[] features, int dim) {
    var pooled = TemplatePooling.pool(features, dim, set.weight(), set.template(), set.medium());
    var pairs = set.pairs();
    var positives = new float[pairs.same().length];
    var negatives = new float[pairs.same().length];
    var p = 0;
    var n = 0;
    for (var i = 0; i < pairs.same().length; i++) {
      var cosine = pooled.cosine(pairs.first()[i], pairs.second()[i]);
      if (pairs.same()[i]) {
        positives[p++] = cosine;
      } else {
        negatives[n++] = cosine;
      }
    }
    return new TemplateReport(
        set.images().size(),
        set.names().size(),
        new Similarities(Arrays.copyOf(positives, p), Arrays.copyOf(negatives, n)));
  }

  /// Every figure by name.
  public Map<String, Double> figures() {
    var figures = new LinkedHashMap<String, Double>();
    figures.put("images", (double) images);
    figures.put("templates", (double) templates);
    figures.put("templates/positives", (double) similarities.positives().length);
    figures.put("templates/negatives", (double) similarities.negatives().length);
    for (var far : FARS) {
      figures.put("templates/tar@far=" + far(far), similarities.tarAtFar(far));
    }
    return figures;
  }

  /// A table for people.
  public String table() {
    var head = new StringBuilder("templates      same different");
    var row =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%,9d %,9d %,9d",
                templates,
                similarities.positives().length,
                similarities.negatives().length));
    for (var far : FARS) {
      head.append(String.format(Locale.ROOT, " %8s", "@" + far(far)));
      // fewer negatives than 1/far cannot tell that rate
      row.append(
          similarities.negatives().length * far < 1
              ? "        -"
              : String.format(Locale.ROOT, " %7.2f%%", 100 * similarities.tarAtFar(far)));
    }
    return head + System.lineSeparator() + row;
  }

  private static String far(double far) {
    return "1e-" + Math.round(-Math.log10(far));
  }
}
