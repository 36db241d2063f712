package facet.train.report;

import facet.train.run.Metrics;
import facet.train.text.Csv;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// The columns of a run's `metrics.csv`, thinned to what a chart can show.
///
/// @param steps that were made
/// @param terms what the loss is the sum of, by name; none if it is one term
/// @param gradients the norms of the terms' gradients with respect to the embeddings, by name; none
///     unless they were measured
record MetricCurves(
    int steps,
    double[] step,
    double[] loss,
    double[] rate,
    double[] norm,
    double[] rankWait,
    Map<String, double[]> terms,
    Map<String, double[]> gradients) {
  private static final int POINTS = 400;
  private static final String RANK_WAIT = "rank_wait_share";
  private static final double[] NO_VALUES = {};

  /// The curves in the file, none if there is no such file.
  static MetricCurves read(Path metrics) {
    if (!Files.exists(metrics)) {
      return new MetricCurves(
          0, NO_VALUES, NO_VALUES, NO_VALUES, NO_VALUES, NO_VALUES, Map.of(), Map.of());
    }
    var csv = Csv.read(metrics, "remove it or train again").complete();
    var terms = new LinkedHashMap<String, double[]>();
    var gradients = new LinkedHashMap<String, double[]>();
    for (var column : csv.columns()) {
      if (column.startsWith(Metrics.GRADIENT)) {
        gradients.put(column.substring(Metrics.GRADIENT.length()), thinned(csv, column));
      } else if (!Metrics.isCommon(column)) {
        terms.put(column, thinned(csv, column));
      }
    }
    var rows = csv.rows();
    return new MetricCurves(
        rows.isEmpty() ? 0 : (int) csv.number(rows.getLast(), "step") + 1,
        thinned(csv, "step"),
        thinned(csv, "loss"),
        thinned(csv, "rate"),
        thinned(csv, "gradient_norm"),
        csv.columns().contains(RANK_WAIT) ? thinned(csv, RANK_WAIT) : NO_VALUES,
        terms,
        gradients);
  }

  /// Whether the run waited for other ranks.
  boolean hasRanks() {
    return Arrays.stream(rankWait).anyMatch(share -> share > 0);
  }

  /// Means of as many rows as make [#POINTS] of all, not a number where a run has none: it went on
  /// with a column that it did not have before.
  private static double[] thinned(Csv csv, String column) {
    var values = csv.rows().stream().mapToDouble(row -> csv.numberIfAny(row, column)).toArray();
    var thinned = new double[Math.min(POINTS, values.length)];
    for (var i = 0; i < thinned.length; i++) {
      var from = (int) ((long) i * values.length / thinned.length);
      var to = (int) ((i + 1L) * values.length / thinned.length);
      thinned[i] = mean(values, from, to);
    }
    return thinned;
  }

  /// A running mean over a 25th of the values, so that a trend shows through noise.
  static double[] smooth(double[] values) {
    var radius = Math.max(1, values.length / 50);
    var smooth = new double[values.length];
    for (var i = 0; i < values.length; i++) {
      var from = Math.max(0, i - radius);
      var to = Math.min(values.length, i + radius + 1);
      smooth[i] = mean(values, from, to);
    }
    return smooth;
  }

  private static double mean(double[] values, int from, int to) {
    return Arrays.stream(values, from, to)
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }
}
