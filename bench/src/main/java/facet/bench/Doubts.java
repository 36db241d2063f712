package facet.bench;

import static facet.train.error.Printable.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Reasons to doubt a comparison with a peer: one that does not run as it was asked to makes any
/// other program look fast.
final class Doubts {
  /// What every peer must do well: a product that fills all cores.
  static final Question TRIAL =
      new Question(
          GemmBenchmark.class.getName() + ".multiply",
          Map.of("product", "2048x2048x2048", "threads", "0"));

  /// From here on, work is worth every core.
  private static final double LARGE_FLOP = 1e9;

  private static final double BUSY = 0.9;
  private static final double SHARE = 0.5;

  private Doubts() {}

  /// The doubts about the base of each comparison, a sentence each.
  static List<String> about(List<Comparison> comparisons) {
    var doubts = new ArrayList<String>();
    for (var c : comparisons) {
      var question = c.question();
      if (Work.of(question).flop() < LARGE_FLOP) {
        continue;
      }
      if (!(c.base().cores() >= BUSY * question.cores())) {
        doubts.add(
            format(
                "PyTorch kept %.2f of %d cores busy in %s: something holds it back, or another"
                    + " process works on this machine; the comparison does not count",
                c.base().cores(), question.cores(), question));
      } else if (question.subject().equals("Gemm") && c.base().share() < SHARE) {
        doubts.add(
            format(
                "PyTorch reached %.0f %% of the machine's peak in %s: something is wrong with it;"
                    + " the comparison does not count",
                100 * c.base().share(), question));
      }
    }
    return doubts;
  }
}
