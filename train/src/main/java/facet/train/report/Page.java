package facet.train.report;

import facet.train.error.FacetException;
import facet.train.eval.EvalResult;
import facet.train.eval.Figure;
import facet.train.run.RunFolder;
import facet.train.text.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
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
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none';"
          + " form-action 'none'";

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
    if (!content.curves().isEmpty()) {
      curves();
    }
    if (!content.evaluations().isEmpty()) {
      var last = content.evaluations().getLast();
      if (last.sheet() != null) {
        section(
            "Hardest pairs",
            String.format(
                Locale.ROOT,
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
    html.append("<header><h1>").append(escape(content.name())).append("</h1><p>");
    var facts = new ArrayList<String>();
    config("model").ifPresent(facts::add);
    config("loss").ifPresent(facts::add);
    config("data").ifPresent(facts::add);
    config("people").ifPresent(people -> facts.add("people " + people));
    config("epochs").ifPresent(epochs -> facts.add(epochs + " epochs"));
    config("lr").ifPresent(rate -> facts.add("rate " + rate));
    config("batch-size").ifPresent(size -> facts.add("batches of " + size));
    var steps =
        content.curves().stream()
            .mapToDouble(c -> c.step().length == 0 ? 0 : c.step()[c.step().length - 1] + 1)
            .sum();
    if (steps > 0) {
      facts.add(String.format(Locale.ROOT, "%,.0f steps", steps));
    }
    html.append(escape(String.join(" · ", facts))).append("</p></header>\n");
    if (config("allow-overlap").filter("true"::equals).isPresent()) {
      html.append(
          "<p>With --allow-overlap: images that are evaluated may have been trained on, too, so"
              + " that the figures say little about others.</p>\n");
    }
    environment();
  }

  /// Settings, machine and date, folded away.
  private void environment() {
    var file = new RunFolder(folder).environment();
    if (!Files.exists(file)) {
      return;
    }
    var env = Json.read(file);
    var facts = new ArrayList<String>();
    for (var key : List.of("date", "device", "cpu", "os", "java", "facet", "commit")) {
      if (env.get(key) instanceof String value) {
        facts.add(key.equals("facet") || key.equals("commit") ? key + " " + value : value);
      }
    }
    html.append("<details><summary>").append(escape(facts.isEmpty() ? "" : facts.getFirst()));
    html.append(" · seed ").append(escape(String.valueOf(env.get("seed"))));
    html.append(" · machine and settings</summary><p>");
    html.append(escape(String.join(" · ", facts))).append("</p>");
    if (env.get("command") instanceof String command) {
      html.append("<p><code>").append(escape(command)).append("</code></p>");
    }
    html.append("</details>\n");
  }

  private java.util.Optional<String> config(String key) {
    var file = folder.resolve("config.yaml");
    if (!Files.exists(file)) {
      return java.util.Optional.empty();
    }
    try (var lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key + ": "))
          .map(line -> line.substring(key.length() + 2).replaceAll("  # .*|^\"|\"(?=  #|$)", ""))
          .toList()
          .stream()
          .findFirst();
    } catch (UncheckedIOException e) {
      throw FacetException.unreadable(file, "read", e.getCause());
    } catch (IOException e) {
      throw FacetException.unreadable(file, "read", e);
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
    html.append("<span class=\"below\">").append(title(kind));
    if (first != null && first != last) {
      change(value - first.value(figure), figure);
    }
    html.append("</span></div>");
  }

  private void change(double change, Figure figure) {
    if (Double.isNaN(change)) {
      return;
    }
    var shown =
        String.format(
            Locale.ROOT, figure.percent() ? "%.1f" : "%.3f", Math.abs(figure.scaled(change)));
    if (Double.parseDouble(shown) == 0) {
      html.append(" <b>±").append(shown).append("</b>");
    } else {
      var kind = change > 0 != figure.lowIsBetter() ? "good" : "bad";
      html.append(
          String.format(
              Locale.ROOT, " <b class=\"%s\">%s%s</b>", kind, change > 0 ? "+" : "−", shown));
    }
  }

  static String number(double value, Figure figure) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return figure.percent()
        ? String.format(Locale.ROOT, "%.1f<small>%%</small>", figure.scaled(value))
        : String.format(Locale.ROOT, "%.3f", value);
  }

  static String title(String kind) {
    return TITLES.getOrDefault(kind, escape(kind));
  }

  // -- charts ------------------------------------------------------------------------------------

  private void histograms() {
    section(
        "Similarities",
        "How alike are two images of <span class=\"key positive\">one person</span> and of"
            + " <span class=\"key negative\">two people</span>? The further apart and the less"
            + " they overlap, the better. Dashed: the easy pairs, the teacher.");
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
          html.append("<figure><figcaption>").append(role(kind));
          var overlap = Figure.OVERLAP.text(group.value(Figure.OVERLAP), "", 1);
          html.append("<span>").append(Figure.OVERLAP.title()).append(' ').append(overlap);
          html.append("</span></figcaption>");
          html.append(Charts.histogram(group, teacher, range, title(kind))).append("</figure>");
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
      html.append("<figure><figcaption>").append(role(kind)).append("</figcaption>");
      html.append(Charts.roc(content.evaluations(), kind)).append("</figure>");
    }
    html.append("</div></section>\n");
  }

  private void legend(List<String> names) {
    if (names.size() > 1) {
      html.append("<p class=\"legend\">");
      for (var i = 0; i < names.size(); i++) {
        html.append(String.format(Locale.ROOT, "<span class=\"key %s\">", Charts.series(i)));
        html.append(escape(names.get(i))).append("</span>");
      }
      html.append("</p>");
    }
  }

  private void curves() {
    section("Training", "");
    legend(content.curves().stream().map(MetricCurves::name).toList());
    html.append("<div class=\"panels\">");
    html.append("<figure><figcaption>loss</figcaption>");
    html.append(Charts.curve(content.curves(), MetricCurves::loss, "loss"));
    html.append("</figure><figure><figcaption>learning rate</figcaption>");
    html.append(Charts.curve(content.curves(), MetricCurves::rate, "learning rate"));
    html.append("</figure><figure><figcaption>gradient norm</figcaption>");
    html.append(Charts.curve(content.curves(), MetricCurves::norm, "gradient norm"));
    html.append("</figure>");
    curvesByName(MetricCurves::terms, "a term of the loss", "loss");
    curvesByName(
        MetricCurves::gradients, "gradient of the term for the embeddings", "gradient norm");
    html.append("</div></section>\n");
  }

  /// A chart for each name that a run has a curve of.
  private void curvesByName(
      Function<MetricCurves, Map<String, double[]>> curves, String what, String axis) {
    var names = new LinkedHashSet<String>();
    content.curves().forEach(run -> names.addAll(curves.apply(run).keySet()));
    for (var name : names) {
      html.append("<figure><figcaption>").append(escape(name.replace('_', ' ')));
      html.append(" <span>").append(what).append("</span></figcaption>");
      html.append(
          Charts.curve(
              content.curves(), run -> curves.apply(run).getOrDefault(name, new double[0]), axis));
      html.append("</figure>");
    }
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
