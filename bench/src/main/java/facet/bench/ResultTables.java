package facet.bench;

import static facet.train.error.Printable.format;

import facet.bench.Comparison.Verdict;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/// Prints results as Markdown tables.
record ResultTables(PrintStream out) {
  /// Times, speeds and shares of the machine's peak.
  void results(Results results) {
    var width = width(results.launches().keySet().stream().toList());
    line(
        "| %s | %11s | %8s | %18s | %7s |",
        width, "question", "ms", "launches", "speed", "of peak");
    line(
        "|%s|------------:|---------:|-------------------:|--------:|",
        width, "-".repeat(width + 2));
    results
        .launches()
        .forEach(
            (question, launches) -> {
              var seconds = Statistics.location(launches.stream().map(Launch::seconds).toList());
              var medians = launches.stream().mapToDouble(l -> Statistics.median(l.seconds()));
              var spread = medians.summaryStatistics();
              var rate = Work.of(question).rate(seconds);
              line(
                  "| %s | %11.3f | %7.1f%% | %9.1f %-8s | %7s |",
                  width,
                  question,
                  1e3 * seconds,
                  100 * (spread.getMax() / spread.getMin() - 1),
                  rate.value(),
                  rate.unit(),
                  percent(Work.of(question).share(launches)));
            });
    out.println();
    out.println("ms: the median launch; launches: the slowest against the fastest;");
    out.println("of peak: the machine's multiply-adds or bandwidth around every iteration.");
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "" : format("%.0f%%", 100 * share);
  }

  /// How this build compares with an earlier one.
  void comparisons(List<Comparison> all, double tolerance) {
    var width = width(all.stream().map(Comparison::question).toList());
    line(
        "| %s | %11s | %11s | %-23s | %s |",
        width, "question", "base ms", "now ms", "time, now / base", "");
    line(
        "|%s|------------:|------------:|-------------------------|---|",
        width, "-".repeat(width + 2));
    for (var c : all) {
      var verdict = c.verdict(tolerance);
      line(
          "| %s | %11.3f | %11.3f | %5.3f [%5.3f to %5.3f]%s | %s |",
          width,
          c.question(),
          1e3 * c.base().seconds(),
          1e3 * c.now().seconds(),
          c.ratio().value(),
          c.ratio().low(),
          c.ratio().high(),
          c.normalized() ? "*" : " ",
          verdict == Verdict.SAME ? "" : verdict);
    }
    out.println();
    out.println(
        all.stream().anyMatch(Comparison::normalized)
            ? "* in units of the machine's peak meanwhile; in brackets 95 %."
            : "time: the median of pairs of launches that took turns; in brackets 95 %.");
    if (all.stream().anyMatch(c -> c.verdict(tolerance) == Verdict.UNDECIDED)) {
      out.print(
          format(
              "undecided: launches differ by themselves; -f %d or more on both sides decides.%n",
              Comparison.FEWEST_LAUNCHES));
    }
  }

  /// How this build compares with PyTorch.
  void peers(List<Comparison> all) {
    var width = width(all.stream().map(Comparison::question).toList());
    line(
        "| %s | %11s | %11s | %-24s | %11s | %11s |",
        width, "question", "PyTorch ms", "Facet ms", "times as fast", "cores", "of peak");
    line(
        "|%s|------------:|------------:|--------------------------|------------:|------------:|",
        width, "-".repeat(width + 2));
    for (var c : all) {
      line(
          "| %s | %11.3f | %11.3f | %6.2f [%6.2f to %6.2f] | %4.2f / %4.2f | %4s / %4s |",
          width,
          c.question(),
          1e3 * c.base().seconds(),
          1e3 * c.now().seconds(),
          1 / c.ratio().value(),
          1 / c.ratio().high(),
          1 / c.ratio().low(),
          c.base().cores(),
          c.now().cores(),
          percent(c.base().share()),
          percent(c.now().share()));
    }
    out.println();
    out.println("cores: CPU time / time, PyTorch's and Facet's; of peak: their shares of the");
    out.println("machine's multiply-adds or bandwidth.");
  }

  private static int width(List<Question> questions) {
    return questions.stream().mapToInt(q -> q.toString().length()).max().orElse(8);
  }

  /// The first value fills `width` columns.
  private void line(String format, int width, Object... values) {
    values[0] = String.format(Locale.ROOT, "%-" + width + "s", values[0]);
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
  }
}
