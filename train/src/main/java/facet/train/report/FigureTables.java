package facet.train.report;

import static facet.train.error.Printable.format;

import facet.train.eval.Figure;
import java.util.List;
import java.util.Objects;

/// The figures of all evaluations: those of a kind of pairs by itself, then those at the threshold
/// of the easy pairs, where there are any.
///
/// @param groups the kinds of pairs, in the order of rows
record FigureTables(List<ReportedEvaluation> evaluations, List<String> groups) {
  void appendTo(StringBuilder html) {
    html.append(
        Page.sectionOf(
            "Figures",
            "Small: the 95 % interval of a rate over its same-person pairs, as if these were"
                + " independent of each other (Wilson)."));
    table(html, Figure.COMPARED);
    folds(html);
    if (hasAny(Figure.SHARED)) {
      html.append(
          "<p class=\"about\">By one threshold for all faces: TAR@easy and FAR@easy are the shares"
              + " of same-person and different-person pairs that are accepted where the easy pairs"
              + " have that false-accept rate. How far from the easy pairs the others are: E+ gap,"
              + " between the mean similarities of one person; KL, between the distributions of one"
              + " person (same) and of two (different). 0 is best.</p>");
      table(html, Figure.SHARED);
    }
    html.append("</section>\n");
  }

  private boolean hasAny(List<Figure> figures) {
    return evaluations.stream()
        .flatMap(evaluation -> evaluation.groups().values().stream())
        .anyMatch(group -> figures.stream().anyMatch(f -> !Double.isNaN(group.value(f))));
  }

  private void table(StringBuilder html, List<Figure> figures) {
    html.append("<div class=\"wide\"><table><thead><tr><th>pairs<th>network<th>same<th>different");
    figures.forEach(figure -> html.append("<th>").append(figure.title()));
    html.append("</thead>\n");
    for (var kind : groups) {
      html.append("<tbody>");
      for (var evaluation : evaluations) {
        var group = evaluation.groups().get(kind);
        if (group != null) {
          html.append("<tr><td>").append(Page.title(kind));
          html.append("<td>").append(Page.escape(evaluation.label()));
          html.append(format("<td>%,d<td>%,d", group.positives(), group.negatives()));
          figures.forEach(figure -> cell(html, kind, group, figure));
        }
      }
      html.append("</tbody>\n");
    }
    html.append("</table></div>");
  }

  private void cell(
      StringBuilder html, String kind, ReportedEvaluation.Group group, Figure figure) {
    var value = group.value(figure);
    var best =
        evaluations.size() > 1
            && evaluations.stream()
                .map(evaluation -> evaluation.groups().get(kind))
                .filter(Objects::nonNull)
                .mapToDouble(other -> other.value(figure))
                .allMatch(other -> figure.lowIsBetter() ? value <= other : value >= other);
    html.append(best ? "<td class=\"best\">" : "<td>").append(Page.number(value, figure));
    if (figure.isRate() && !Double.isNaN(value)) {
      var interval = Interval.wilson(value, group.positives());
      html.append(
          format("<br><small>%.1f to %.1f</small>", 100 * interval.low(), 100 * interval.high()));
    }
  }

  private void folds(StringBuilder html) {
    for (var evaluation : evaluations) {
      if (!Double.isNaN(evaluation.folds().mean())) {
        html.append(
            format(
                "<p class=\"about\">Accuracy in folds, %s: <b>%.2f ± %.2f %%</b></p>",
                Page.escape(evaluation.label()),
                100 * evaluation.folds().mean(),
                100 * evaluation.folds().deviation()));
      }
    }
  }
}
