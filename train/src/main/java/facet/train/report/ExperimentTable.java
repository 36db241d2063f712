package facet.train.report;

import facet.train.eval.Figure;
import facet.train.text.Csv;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Formatter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The results of an experiment from its `table.csv`: what each arm changes against the baseline,
/// a dot with its 95 % interval, for each kind of pairs and each figure.
final class ExperimentTable {
  /// Rates, of which a high one is good.
  private static final List<Figure> SHOWN =
      List.of(Figure.ACCURACY, Figure.TAR_1E1, Figure.TAR_1E2);

  private final Path file;

  ExperimentTable(Path folder) {
    this.file = folder.resolve("table.csv");
  }

  /// A line of the table; interval and difference are NaN for the baseline.
  ///
  /// @param label the arm, with what it is compared with where that is not the common baseline
  private record Row(
      String label,
      String pairs,
      String figure,
      double mean,
      double difference,
      double low,
      double high) {}

  /// Whether the folder is an experiment's.
  boolean exists() {
    return Files.exists(file);
  }

  void appendTo(StringBuilder html) {
    if (!exists()) {
      return;
    }
    var rows = read();
    html.append("<section><h2>Experiment</h2><p class=\"about\">What each arm changes against the");
    html.append(" baseline over the seeds, with the 95 % interval of the paired difference; ");
    html.append("<span class=\"key good\">better</span>, <span class=\"key bad\">worse</span> and");
    html.append(
        " <span class=\"key none\">undecided</span>. Rates in points. The pictures further down are"
            + " of the first seed.</p>");
    for (var pairs : distinct(rows.stream().map(Row::pairs).toList())) {
      html.append("<h3>").append(Page.escape(pairs)).append("</h3><div class=\"panels\">");
      for (var figure : SHOWN) {
        panel(
            html,
            figure,
            rows.stream()
                .filter(row -> row.pairs.equals(pairs) && row.figure.equals(figure.name()))
                .toList());
      }
      html.append("</div>");
    }
    html.append("</section>\n");
  }

  private static Set<String> distinct(List<String> names) {
    return new LinkedHashSet<>(names);
  }

  private static void panel(StringBuilder html, Figure figure, List<Row> rows) {
    var reach = 0.0;
    for (var row : rows) {
      for (var value : new double[] {row.difference, row.low, row.high}) {
        reach = Double.isNaN(value) ? reach : Math.max(reach, Math.abs(figure.scaled(value)));
      }
    }
    var line = 22;
    var svg = new Formatter(html, Locale.ROOT);
    svg.format("<figure><figcaption>%s</figcaption>", figure.title());
    svg.format(
        "<svg viewBox=\"0 0 360 %d\" role=\"img\" aria-label=\"differences in %s\">",
        line * rows.size() + 8, figure.title());
    svg.format(
        "<line class=\"axis\" x1=\"240\" x2=\"240\" y1=\"0\" y2=\"%d\"/>", line * rows.size() + 4);
    for (var i = 0; i < rows.size(); i++) {
      row(svg, figure, rows.get(i), i * line + line / 2 + 2, 70 / Math.max(reach, 1e-9));
    }
    svg.format("</svg></figure>");
  }

  private static void row(Formatter svg, Figure figure, Row row, int y, double scale) {
    svg.format(
        "<text class=\"tick\" x=\"0\" y=\"%d\" dy=\"4\">%s</text>", y, Page.escape(row.label));
    svg.format(
        "<text class=\"tick\" text-anchor=\"end\" x=\"158\" y=\"%d\" dy=\"4\">%.1f</text>",
        y, figure.scaled(row.mean));
    if (Double.isNaN(row.difference)) {
      return;
    }
    var css = row.low > 0 ? "good" : row.high < 0 ? "bad" : "none";
    if (!Double.isNaN(row.low)) {
      svg.format(
          "<line class=\"interval %s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%4$d\"/>",
          css, 240 + figure.scaled(row.low) * scale, 240 + figure.scaled(row.high) * scale, y);
    }
    svg.format(
        "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%d\" r=\"4\"/>",
        css, 240 + figure.scaled(row.difference) * scale, y);
    svg.format(
        "<text class=\"tick\" text-anchor=\"end\" x=\"358\" y=\"%d\" dy=\"4\">%+.1f</text>",
        y, tenths(figure.scaled(row.difference)));
  }

  /// The value to one decimal, so that what rounds to 0 has no sign.
  private static double tenths(double value) {
    return Math.round(10 * value) / 10.0;
  }

  private List<Row> read() {
    var csv = Csv.read(file, "remove it or run the experiment again");
    var rows = new ArrayList<Row>();
    var common = ""; // the baseline of all arms that name no other
    for (var row : csv.rows()) {
      var arm = csv.text(row, "arm");
      var baseline = csv.text(row, "baseline");
      if (rows.isEmpty()) {
        common = baseline;
      }
      rows.add(
          new Row(
              baseline.equals(common) || baseline.equals(arm) ? arm : arm + " - " + baseline,
              csv.text(row, "pairs"),
              csv.text(row, "metric"),
              csv.number(row, "mean"),
              csv.number(row, "difference"),
              csv.number(row, "low"),
              csv.number(row, "high")));
    }
    return rows;
  }
}
