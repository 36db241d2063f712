package facet.bench;

import static facet.train.error.Printable.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Puts the same questions to two contenders.
final class Duel {
  private Duel() {}

  /// Launches of the two alternate, so that a slow hour of the machine hits both.
  static List<Comparison> of(Suite suite, Contender base) throws IOException {
    return of(suite.questions(), suite.launches(), suite, base);
  }

  static List<Comparison> of(List<Question> questions, int rounds, Contender now, Contender base)
      throws IOException {
    var comparisons = new ArrayList<Comparison>();
    for (var question : questions) {
      var theirs = new ArrayList<Launch>();
      var ours = new ArrayList<Launch>();
      for (var launch = 0; launch < rounds; launch++) {
        // They begin in turn, so that a machine that gets slower favours neither.
        var begin = launch % 2 == 1 ? now.measure(question) : null;
        var answer = base.measure(question);
        if (answer == null) {
          break;
        }
        var own = Objects.requireNonNull(begin != null ? begin : now.measure(question));
        theirs.add(own.hasYardsticks() && !answer.hasYardsticks() ? answer.beside(own) : answer);
        ours.add(own);
      }
      if (theirs.isEmpty()) {
        System.err.println("No counterpart: " + question);
      } else {
        var comparison = Comparison.inTurns(question, theirs, ours);
        comparisons.add(comparison);
        System.err.print(
            format(
                "%d/%d %s: %.3f%n",
                comparisons.size(), questions.size(), question, comparison.ratio().value()));
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
