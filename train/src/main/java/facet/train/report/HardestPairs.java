package facet.train.report;

import static facet.train.error.Printable.format;

import java.nio.file.Path;
import java.util.List;

/// The pictures of the hardest pairs of an evaluation, cut out of its sheet by the browser.
record HardestPairs(ReportedEvaluation evaluation) {
  /// Side of a picture on the page.
  private static final int FACE = 72;

  void appendTo(StringBuilder html, List<String> kinds) {
    var rows =
        (2 * evaluation.hardest().size() + EvaluationFile.COLUMNS - 1) / EvaluationFile.COLUMNS;
    html.append("<style>.face{background-image:url(").append(evaluation.sheet());
    html.append(");background-size:").append(length(EvaluationFile.COLUMNS));
    html.append("px ").append(length(rows)).append("px}</style>");
    for (var kind : kinds) {
      for (var same : new boolean[] {false, true}) {
        pairs(html, kind, same);
      }
    }
  }

  /// A pixel of the sheet on the page.
  private double scale() {
    return FACE / (double) evaluation.pictureSize();
  }

  /// The length of so many pictures and the gaps around them.
  private long length(int pictures) {
    var columns = Math.min(pictures, Math.max(2 * evaluation.hardest().size(), 1));
    return Math.round((columns * (evaluation.pictureSize() + 2) + 2) * scale());
  }

  private void pairs(StringBuilder html, String kind, boolean same) {
    var open = false;
    for (var i = 0; i < evaluation.hardest().size(); i++) {
      var pair = evaluation.hardest().get(i);
      if (pair.kind().equals(kind) && pair.same() == same) {
        if (!open) {
          html.append("<h3>").append(Page.title(kind)).append(": ");
          html.append(same ? "one person, least alike" : "two people, most alike");
          html.append("</h3><div class=\"pairs\">");
          open = true;
        }
        var names = same ? pair.people().getFirst() : String.join(" · ", pair.people());
        html.append(format("<figure class=\"pair %s\">", same ? "positive" : "negative"));
        face(html, 2 * i);
        face(html, 2 * i + 1);
        html.append(
            format(
                "<figcaption><b>%.2f</b> %s%s</figcaption></figure>",
                pair.similarity(), Page.escape(names), files(pair)));
      }
    }
    html.append(open ? "</div>" : "");
  }

  /// The names of a pair's files, with the folders that tell them apart.
  private static String files(ReportedEvaluation.Pair pair) {
    var text = new StringBuilder();
    for (var image : pair.images()) {
      var path = Path.of(image);
      var last = path.getNameCount();
      text.append("<br>").append(Page.escape(path.subpath(Math.max(0, last - 3), last).toString()));
    }
    return text.toString();
  }

  private void face(StringBuilder html, int picture) {
    var step = evaluation.pictureSize() + 2;
    html.append(
        format(
            "<span class=\"face\" style=\"background-position:-%.1fpx -%.1fpx\"></span>",
            (2 + picture % EvaluationFile.COLUMNS * step) * scale(),
            (2 + picture / EvaluationFile.COLUMNS * step) * scale()));
  }
}
