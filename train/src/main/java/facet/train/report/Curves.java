package facet.train.report;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The columns of a run's `metrics.csv`, thinned to what a chart can show.
record Curves(String name, double[] step, double[] loss, double[] rate, double[] norm) {
  private static final int POINTS = 400;

  static Curves read(String name, Path metrics) {
    try {
      var rows = new ArrayList<double[]>();
      var lines = Files.readAllLines(metrics);
      var header = Arrays.asList(lines.getFirst().split(","));
      var columns =
          List.of("step", "loss", "rate", "gradient_norm").stream()
              .mapToInt(header::indexOf)
              .toArray();
      for (var line : lines.subList(1, lines.size())) {
        var fields = line.split(",");
        if (fields.length == header.size()) { // else cut off by a crash
          rows.add(Arrays.stream(columns).mapToDouble(c -> value(fields, c)).toArray());
        }
      }
      return new Curves(
          name, thinned(rows, 0), thinned(rows, 1), thinned(rows, 2), thinned(rows, 3));
    } catch (IOException | NumberFormatException | java.util.NoSuchElementException e) {
      throw FacetException.data(metrics, "not what a run writes", "remove it or train again", e);
    }
  }

  private static double value(String[] fields, int column) {
    return column < 0 ? 0 : Double.parseDouble(fields[column]);
  }

  /// Means of as many rows as make [#POINTS] of all.
  private static double[] thinned(List<double[]> rows, int column) {
    var points = Math.min(POINTS, rows.size());
    var thinned = new double[points];
    for (var i = 0; i < points; i++) {
      var from = (int) ((long) i * rows.size() / points);
      var to = (int) ((i + 1L) * rows.size() / points);
      thinned[i] =
          rows.subList(from, to).stream().mapToDouble(row -> row[column]).average().orElse(0);
    }
    return thinned;
  }

  /// A running mean over the fifth part of a tenth, so that a trend shows through noise.
  static double[] smooth(double[] values) {
    var radius = Math.max(1, values.length / 50);
    var smooth = new double[values.length];
    for (var i = 0; i < values.length; i++) {
      var from = Math.max(0, i - radius);
      var to = Math.min(values.length, i + radius + 1);
      smooth[i] = Arrays.stream(values, from, to).average().orElse(0);
    }
    return smooth;
  }
}
