package facet.train.report;

import static facet.train.error.Printable.format;

import facet.train.eval.Figure;
import facet.train.report.Chart.Axis;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The charts of the report.
final class Charts {
  static final int BINS = 200;

  /// Colours of the page; the lines of further runs are dashed.
  private static final int COLOURS = 10;

  /// Shares below this are not worth the room.
  private static final double NOTHING = 5e-4;

  private static final double[] CENTERS =
      IntStream.range(0, BINS).mapToDouble(i -> -1 + (i + 0.5) * 2 / BINS).toArray();

  private Charts() {}

  /// The range that all histograms of a report share.
  ///
  /// @param low the lowest similarity worth showing
  /// @param top of the highest bin, per cent
  record Range(double low, double top) {
    static Range of(List<ReportedEvaluation> evaluations) {
      var low = 1.0;
      var top = 0.0;
      for (var evaluation : evaluations) {
        for (var group : evaluation.groups().values()) {
          for (var histogram : List.of(group.positiveHistogram(), group.negativeHistogram())) {
            var bins = smooth(histogram);
            for (var i = 0; i < BINS; i++) {
              low = bins[i] > NOTHING ? Math.min(low, CENTERS[i]) : low;
              top = Math.max(top, bins[i]);
            }
          }
        }
      }
      return new Range(Math.floor(low * 5) / 5, 1.18 * top); // room for the margin's bracket
    }
  }

  /// The paper's Figure 1: how alike are two images of one person, how alike those of two.
  ///
  /// @param teacher the easy pairs' distributions as outlines behind, null for none
  static String histogram(
      ReportedEvaluation.Group group,
      ReportedEvaluation.@Nullable Group teacher,
      Range range,
      String of) {
    var x = Axis.linear("cosine similarity", range.low, 1, 4);
    var y = Axis.linear("share of the pairs", 0, range.top, 3).formatted(v -> "");
    var chart = new Chart(x, y, 360, 210);
    chart.area(CENTERS, smooth(group.negativeHistogram()), "negative");
    chart.area(CENTERS, smooth(group.positiveHistogram()), "positive");
    if (teacher != null) {
      chart.line(CENTERS, smooth(teacher.negativeHistogram()), "teacher");
      chart.line(CENTERS, smooth(teacher.positiveHistogram()), "teacher");
    }
    chart.vertical(group.meanNegative(), "mean negative");
    chart.vertical(group.meanPositive(), "mean positive");
    chart.span(
        group.meanNegative(),
        group.meanPositive(),
        Figure.MARGIN.title() + " " + Figure.MARGIN.text(group.value(Figure.MARGIN), "", 3));
    return chart.svg("similarity histograms of " + of);
  }

  /// A Gaussian of one and a half bins, so that few pairs do not look like a comb.
  private static double[] smooth(double[] histogram) {
    var radius = 4;
    var smooth = new double[histogram.length];
    for (var i = 0; i < histogram.length; i++) {
      var total = 0.0;
      for (var k = -radius; k <= radius; k++) {
        var weight = Math.exp(-k * k / (2 * 1.5 * 1.5));
        var at = i + k;
        smooth[i] += at < 0 || at >= histogram.length ? 0 : weight * histogram[at];
        total += weight;
      }
      smooth[i] /= total;
    }
    return smooth;
  }

  /// True-accept over false-accept rate of all evaluations for one kind of pairs.
  static String roc(List<ReportedEvaluation> evaluations, String kind) {
    var negatives =
        evaluations.stream()
            .filter(s -> s.groups().containsKey(kind))
            .mapToInt(s -> s.groups().get(kind).negatives())
            .max()
            .orElse(1);
    var decades = Math.clamp((long) Math.log10(negatives), 1, 6);
    var x = Axis.powers("false-accept rate", -decades, 0);
    var y = Axis.linear("true-accept rate", 0, 1, 5).formatted(Charts::percent);
    var chart = new Chart(x, y, 360, 260);
    for (var i = 0; i < evaluations.size(); i++) {
      var group = evaluations.get(i).groups().get(kind);
      if (group != null && group.rocFar().length > 1) {
        var from = firstPositive(group.rocFar());
        chart.line(
            Arrays.copyOfRange(group.rocFar(), from, group.rocFar().length),
            Arrays.copyOfRange(group.rocTar(), from, group.rocTar().length),
            series(i));
      }
    }
    return chart.svg("ROC curve of " + Page.escape(kind) + " pairs");
  }

  private static int firstPositive(double[] values) {
    var i = 0;
    while (i < values.length - 1 && values[i] <= 0) {
      i++;
    }
    return i;
  }

  static String percent(double rate) {
    return format("%.0f%%", 100 * rate);
  }

  /// The class of the i-th of several lines.
  static String series(int i) {
    return "s" + i % COLOURS + (i / COLOURS % 2 == 1 ? " second" : "");
  }

  /// A column of the runs' metrics over the steps; the noisy line faint, its trend strong. A run
  /// without it keeps its colour for itself.
  static String curve(
      List<MetricCurves> runs, Function<MetricCurves, double[]> column, String what) {
    var shown = runs.stream().filter(run -> column.apply(run).length > 1).toList();
    var end = shown.stream().mapToInt(MetricCurves::steps).max().orElse(1);
    var values =
        shown.stream()
            .flatMapToDouble(run -> Arrays.stream(column.apply(run)))
            .filter(Double::isFinite)
            .summaryStatistics();
    var low = values.getCount() == 0 ? 0 : Math.min(0, 1.05 * values.getMin());
    var top = values.getCount() > 0 && values.getMax() > 0 ? 1.05 * values.getMax() : 1;
    var chart =
        new Chart(
            Axis.linear("step", 0, Math.max(1, end - 1), 5),
            Axis.linear(what, low, top, 4),
            360,
            200);
    for (var i = 0; i < runs.size(); i++) {
      var run = runs.get(i);
      var line = column.apply(run);
      if (line.length > 1) {
        chart.line(run.step(), line, series(i) + " faint");
        chart.line(run.step(), MetricCurves.smooth(line), series(i));
      }
    }
    return chart.svg(what + " over the steps");
  }
}
