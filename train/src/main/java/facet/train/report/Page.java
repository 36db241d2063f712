package facet.train.report;

import static facet.train.error.Printable.format;

import facet.train.eval.EvalResult;
import facet.train.eval.Figure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The HTML of a report: text, tables and the charts of [Charts] in one file.
final class Page {
  private static final String EASY = "easy-easy";
  private static final String HARD = "hard-hard";
  private static final Map<String, String> TITLES =
      Map.of(
          "list",
          "pairs of the list",
          EASY,
          "easy–easy",
          "easy-hard",
          "easy–hard",
          HARD,
          "hard–hard",
          EvalResult.POOLED,
          "all pairs");
  private static final List<Figure> TILES =
      List.of(Figure.ACCURACY, Figure.TAR_1E2, Figure.MARGIN, Figure.OVERLAP);

  /// The page needs its own styles and pictures and nothing else: no scripts, no other files.
  private static final String POLICY =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action"
          + " 'none'";

  private final Report.Content content;
  private final Path folder;
  private final StringBuilder html = new StringBuilder();

  Page(Report.Content content, Path folder) {
    this.content = content;
    this.folder = folder;
  }

  String html() {
    html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"").append(POLICY);
    html.append("\">\n<title>")
        .append(escape(content.name()))
        .append(" · Facet</title>\n<style>\n");
    html.append(style()).append("</style></head>\n<body><main>\n");
    header();
    var experiment = new ExperimentTable(folder);
    experiment.appendTo(html);
    if (!content.evaluations().isEmpty()) {
      if (!experiment.exists()) {
        tiles();
      }
      histograms();
      rocs();
      new FigureTables(content.evaluations(), groups()).appendTo(html);
    }
    if (content.runs().stream().anyMatch(run -> run.curves().steps() > 0)) {
      curves();
    }
    if (!content.evaluations().isEmpty()) {
      var last = content.evaluations().getLast();
      if (last.sheet() != null) {
        section(
            "Hardest pairs",
            format(
                "Of “%s”: people who look most alike and images of one person that look least"
                    + " alike.",
                escape(last.label())));
        new HardestPairs(last).appendTo(html, kinds());
        html.append("</section>\n");
      }
    }
    html.append("<footer>Drawn by Facet from the files of this folder; TAR@FAR takes the");
    html.append(" round(N·FAR)-th highest negative as threshold.</footer>\n");
    return html.append("</main></body></html>\n").toString();
  }

  private static String style() {
    try (var in = Page.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is missing in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void header() {
    var runs = content.runs();
    html.append("<header><h1>").append(escape(content.name())).append("</h1>");
    for (var i = 0; i < runs.size(); i++) {
      html.append("<p>");
      if (runs.size() > 1) {
        html.append(key(i, runs.get(i).name())).append(' ');
      }
      html.append(runs.get(i).settings()).append("</p>").append(runs.get(i).environment());
    }
    html.append("</header>\n");
    if (runs.stream().anyMatch(RunFacts::overlaps)) {
      html.append(
          "<p>With --allow-overlap: images that are evaluated may have been trained on, too, so"
              + " that the figures say little about others.</p>\n");
    }
  }

  /// What the pairs of this report join, in the order of the evaluations' own.
  private List<String> kinds() {
    return groups().stream().filter(kind -> !kind.equals(EvalResult.POOLED)).toList();
  }

  /// As [#kinds], and all pairs together.
  private List<String> groups() {
    var groups = new LinkedHashSet<String>();
    content.evaluations().forEach(evaluation -> groups.addAll(evaluation.groups().keySet()));
    if (groups.size() > 1) {
      groups.remove("list"); // drawn from the others, or with only one of them
    }
    return List.copyOf(groups);
  }

  // -- figures at a glance -----------------------------------------------------------------------

  private void tiles() {
    var kind = kinds().getLast();
    var first = content.evaluations().getFirst().groups().get(kind);
    var last = content.evaluations().getLast().groups().get(kind);
    if (last == null) {
      return;
    }
    html.append("<section class=\"tiles\">");
    for (var figure : TILES) {
      tile(figure, kind, first, last);
    }
    html.append("</section>\n");
  }

  private void tile(
      Figure figure,
      String kind,
      ReportedEvaluation.@Nullable Group first,
      ReportedEvaluation.Group last) {
    var value = last.value(figure);
    html.append("<div class=\"tile\"><span class=\"name\">").append(figure.title());
    html.append("</span><span class=\"value\">").append(number(value, figure)).append("</span>");
    html.append("<span class=\"below\">");
    if (content.evaluations().size() > 1) {
      html.append(escape(content.evaluations().getLast().label())).append(", ");
    }
    html.append(title(kind));
    if (first != null && first != last) {
      change(value - first.value(figure), figure);
      html.append(" against ").append(escape(content.evaluations().getFirst().label()));
    }
    html.append("</span></div>");
  }

  private void change(double change, Figure figure) {
    if (Double.isNaN(change)) {
      return;
    }
    var shown = format(figure.percent() ? "%.1f" : "%.3f", Math.abs(figure.scaled(change)));
    if (Double.parseDouble(shown) == 0) {
      html.append(" <b>±").append(shown).append("</b>");
    } else {
      var kind = change > 0 != figure.lowIsBetter() ? "good" : "bad";
      html.append(format(" <b class=\"%s\">%s%s</b>", kind, change > 0 ? "+" : "−", shown));
    }
  }

  static String number(double value, Figure figure) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return figure.percent()
        ? format("%.1f<small>%%</small>", figure.scaled(value))
        : format("%.3f", value);
  }

  static String title(String kind) {
    return TITLES.getOrDefault(kind, escape(kind));
  }

  // -- charts ------------------------------------------------------------------------------------

  private void histograms() {
    section(
        "Similarities",
        "How alike are two images of <span class=\"key positive\">one person</span> and of <span"
            + " class=\"key negative\">two people</span>? The further apart and the less they"
            + " overlap, the better. Dashed: the easy pairs, the teacher.");
    var range = Charts.Range.of(content.evaluations());
    for (var evaluation : content.evaluations()) {
      if (content.evaluations().size() > 1) {
        html.append("<h3>").append(escape(evaluation.label())).append("</h3>");
      }
      html.append("<div class=\"panels\">");
      for (var kind : kinds()) {
        var group = evaluation.groups().get(kind);
        if (group != null) {
          var teacher = kind.equals(EASY) ? null : evaluation.groups().get(EASY);
          var overlap = Figure.OVERLAP.text(group.value(Figure.OVERLAP), "", 1);
          figure(
              format("%s<span>%s %s</span>", role(kind), Figure.OVERLAP.title(), overlap),
              Charts.histogram(group, teacher, range, title(kind)));
        }
      }
      html.append("</div>\n");
    }
    html.append("</section>\n");
  }

  private String role(String kind) {
    return title(kind)
        + switch (kinds().size() > 1 ? kind : "") {
          case EASY -> " <em>teacher</em>";
          case HARD -> " <em>student</em>";
          default -> "";
        };
  }

  private void section(String title, String about) {
    html.append(sectionOf(title, about));
  }

  /// The beginning of a section.
  static String sectionOf(String title, String about) {
    var heading = "<section><h2>" + title + "</h2>";
    return about.isEmpty() ? heading : heading + "<p class=\"about\">" + about + "</p>";
  }

  private void rocs() {
    section(
        "ROC",
        "The share of same-person pairs that are accepted, by the share of different-person pairs"
            + " that are accepted by mistake.");
    legend(content.evaluations().stream().map(ReportedEvaluation::label).toList());
    html.append("<div class=\"panels\">");
    for (var kind : kinds()) {
      figure(role(kind), Charts.roc(content.evaluations(), kind));
    }
    html.append("</div></section>\n");
  }

  private void legend(List<String> names) {
    if (names.size() > 1) {
      html.append("<p class=\"legend\">");
      for (var i = 0; i < names.size(); i++) {
        html.append(key(i, names.get(i)));
      }
      html.append("</p>");
    }
  }

  /// A run's name beside the colour that its lines have in all charts.
  private static String key(int run, String name) {
    return format("<span class=\"key %s\">%s</span>", Charts.series(run), escape(name));
  }

  private void curves() {
    section("Training", "");
    legend(content.runs().stream().map(RunFacts::name).toList());
    var curves = content.runs().stream().map(RunFacts::curves).toList();
    html.append("<div class=\"panels\">");
    figure("loss", Charts.curve(curves, MetricCurves::loss, "loss"));
    figure("learning rate", Charts.curve(curves, MetricCurves::rate, "learning rate"));
    figure("gradient norm", Charts.curve(curves, MetricCurves::norm, "gradient norm"));
    if (curves.stream().anyMatch(MetricCurves::hasRanks)) {
      figure(
          "waiting for other ranks",
          Charts.curve(curves, MetricCurves::rankWait, "share of a step"));
    }
    curvesByName(curves, MetricCurves::terms, "a term of the loss", "loss");
    curvesByName(
        curves,
        MetricCurves::gradients,
        "gradient of the term for the embeddings",
        "gradient norm");
    html.append("</div></section>\n");
  }

  /// A chart for each name that a run has a curve of.
  private void curvesByName(
      List<MetricCurves> runs,
      Function<MetricCurves, Map<String, double[]>> curves,
      String what,
      String axis) {
    var names = new LinkedHashSet<String>();
    runs.forEach(run -> names.addAll(curves.apply(run).keySet()));
    for (var name : names) {
      figure(
          format("%s <span>%s</span>", escape(name.replace('_', ' ')), what),
          Charts.curve(runs, run -> curves.apply(run).getOrDefault(name, new double[0]), axis));
    }
  }

  private void figure(String caption, String chart) {
    html.append("<figure><figcaption>").append(caption).append("</figcaption>");
    html.append(chart).append("</figure>");
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
