package facet.train.report;

import static facet.train.error.Printable.format;

import java.util.Formatter;
import java.util.Locale;
import java.util.function.DoubleFunction;

/// A chart as inline SVG: two axes, and lines and areas over them. Colours are the page's: every
/// mark names a CSS class.
final class Chart {
  private static final int LEFT = 60;
  private static final int RIGHT = 10;
  private static final int TOP = 10;
  private static final int BOTTOM = 34;

  /// A direction of the chart.
  ///
  /// @param log whether distances are those of the logarithm
  /// @param ticks the labelled values
  record Axis(
      String title,
      double min,
      double max,
      boolean log,
      double[] ticks,
      DoubleFunction<String> label) {
    /// From `min` to `max` with about `count` round ticks.
    static Axis linear(String title, double min, double max, int count) {
      var rough = (max - min) / count;
      var power = Math.pow(10, Math.floor(Math.log10(rough)));
      var step = rough / power < 1.5 ? power : rough / power < 3.5 ? 2 * power : 5 * power;
      var first = (long) Math.ceil(min / step - 1e-9);
      var last = (long) Math.floor(max / step + 1e-9);
      var ticks = new double[(int) (last - first + 1)];
      for (var i = 0; i < ticks.length; i++) {
        ticks[i] = (first + i) * step;
      }
      var digits = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
      return new Axis(title, min, max, false, ticks, v -> number(v, digits));
    }

    private static String number(double value, int digits) {
      return Math.abs(value) >= 10_000
          ? format("%.0fk", value / 1000)
          : String.format(Locale.ROOT, "%." + digits + "f", value).replace('-', '\u2212');
    }

    /// Powers of ten from `10^min` to `10^max`.
    static Axis powers(String title, int min, int max) {
      var ticks = new double[max - min + 1];
      for (var i = 0; i < ticks.length; i++) {
        ticks[i] = Math.pow(10, min + i);
      }
      return new Axis(
          title,
          Math.pow(10, min),
          Math.pow(10, max),
          true,
          ticks,
          v -> "10<tspan class=\"power\" dy=\"-4\">" + exponent(v) + "</tspan>");
    }

    private static String exponent(double value) {
      return Long.toString(Math.round(Math.log10(value))).replace('-', '\u2212');
    }

    Axis formatted(DoubleFunction<String> other) {
      return new Axis(title, min, max, log, ticks, other);
    }

    /// Where `value` is between 0 (min) and 1 (max).
    double place(double value) {
      var place =
          log
              ? (Math.log(Math.max(value, 1e-300)) - Math.log(min))
                  / (Math.log(max) - Math.log(min))
              : (value - min) / (max - min);
      return Math.clamp(place, 0, 1);
    }
  }

  private final Axis x;
  private final Axis y;
  private final int width;
  private final int height;
  private final Formatter marks = new Formatter(Locale.ROOT);

  Chart(Axis x, Axis y, int width, int height) {
    this.x = x;
    this.y = y;
    this.width = width;
    this.height = height;
  }

  private String px(double value) {
    return coordinate(LEFT + x.place(value) * (width - LEFT - RIGHT));
  }

  private String py(double value) {
    return coordinate(height - BOTTOM - y.place(value) * (height - TOP - BOTTOM));
  }

  private static String coordinate(double value) {
    return format("%.1f", value);
  }

  /// A line through the points.
  Chart line(double[] xs, double[] ys, String css) {
    marks.format("<path class=\"line %s\" d=\"%s\"/>", css, path(xs, ys, 'M'));
    return this;
  }

  /// The area between the points and the x axis.
  Chart area(double[] xs, double[] ys, String css) {
    var end = px(xs[xs.length - 1]);
    marks.format(
        "<path class=\"area %s\" d=\"M%s %s%sL%s %sZ\"/>",
        css, px(xs[0]), py(y.min), path(xs, ys, 'L'), end, py(y.min));
    return this;
  }

  private String path(double[] xs, double[] ys, char first) {
    var path = new StringBuilder();
    for (var i = 0; i < xs.length; i++) {
      if (!Double.isNaN(ys[i])) {
        path.append(path.isEmpty() ? first : 'L').append(px(xs[i])).append(' ').append(py(ys[i]));
      }
    }
    return path.toString();
  }

  /// A vertical line, such as a mean, up to the arrow of a [#span]: it leaves its text free.
  Chart vertical(double at, String css) {
    marks.format(
        "<line class=\"%s\" x1=\"%s\" x2=\"%s\" y1=\"%d\" y2=\"%d\"/>",
        css, px(at), px(at), TOP + 6, height - BOTTOM);
    return this;
  }

  /// A double arrow from `from` to `to` with `text` above, near the top.
  Chart span(double from, double to, String text) {
    var level = TOP + 12;
    marks.format("<path class=\"span\" d=\"M%s %dv-6v3H%sv-3v6\"/>", px(from), level, px(to));
    marks.format(
        "<text class=\"note\" text-anchor=\"middle\" x=\"%s\" y=\"%d\">%s</text>",
        px((from + to) / 2), level - 8, text);
    return this;
  }

  /// The finished picture; `description` is for those who cannot see it.
  String svg(String description) {
    var svg = new Formatter(Locale.ROOT);
    svg.format(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", width, height, description);
    for (var tick : y.ticks) {
      svg.format(
          "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%s\" y2=\"%s\"/>",
          LEFT, width - RIGHT, py(tick), py(tick));
      svg.format(
          "<text class=\"tick\" text-anchor=\"end\" x=\"%d\" y=\"%s\" dy=\"3.5\">%s</text>",
          LEFT - 6, py(tick), y.label.apply(tick));
    }
    for (var tick : x.ticks) {
      svg.format(
          "<text class=\"tick\" text-anchor=\"middle\" x=\"%s\" y=\"%d\">%s</text>",
          px(tick), height - BOTTOM + 14, x.label.apply(tick));
    }
    svg.format(
        "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%s\" y2=\"%s\"/>",
        LEFT, width - RIGHT, py(y.min), py(y.min));
    svg.format(
        "<text class=\"title\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">%s</text>",
        (LEFT + width - RIGHT) / 2, height - 4, x.title);
    if (!y.title.isEmpty()) {
      svg.format(
          "<text class=\"title\" text-anchor=\"middle\" transform=\"translate(10 %d)"
              + " rotate(-90)\">%s</text>",
          (TOP + height - BOTTOM) / 2, y.title);
    }
    return svg + marks.toString() + "</svg>";
  }
}
