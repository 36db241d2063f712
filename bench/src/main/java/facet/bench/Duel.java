package facet.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Puts the same questions to two contenders.
final class Duel {
  private Duel() {}

  /// Launches of the two alternate, so that a slow hour of the machine hits both.
  static List<Comparison> of(Suite suite, Contender base) throws IOException {
    var comparisons = new ArrayList<Comparison>();
    var questions = suite.questions();
    for (var question : questions) {
      var theirs = new ArrayList<Launch>();
      var ours = new ArrayList<Launch>();
      for (var launch = 0; launch < suite.launches(); launch++) {
        // Who begins changes, so that a machine that gets slower favours nobody.
        var begin = launch % 2 == 1 ? suite.measure(question) : null;
        var answer = base.measure(question);
        if (answer == null) {
          break;
        }
        theirs.add(answer);
        ours.add(begin != null ? begin : suite.measure(question));
      }
      if (theirs.isEmpty()) {
        System.err.println("No counterpart: " + question);
      } else {
        var comparison = Comparison.inTurns(question, theirs, ours);
        comparisons.add(comparison);
        System.err.printf(
            Locale.ROOT,
            "%d/%d %s: %.3f%n",
            comparisons.size(),
            questions.size(),
            question,
            comparison.ratio().value());
      }
    }
    return comparisons;
  }

  /// What both results answer.
  static List<Comparison> between(Results base, Results now) {
    var comparisons = new ArrayList<Comparison>();
    now.launches()
        .forEach(
            (question, launches) -> {
              var before = base.launches().get(question);
              if (before != null) {
                comparisons.add(Comparison.of(question, before, launches));
              }
            });
    return comparisons;
  }
}
