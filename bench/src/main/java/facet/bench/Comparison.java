package facet.bench;

import facet.bench.Statistics.Interval;
import java.util.List;

/// The answers of two contenders to one question.
///
/// @param base seconds of the one compared with
/// @param now seconds of the one in question
/// @param ratio of the times, now to base, in units of the machine where both measured it: 2 is
///     half as fast
record Comparison(Question question, double base, double now, Interval ratio, boolean normalized) {
  private static final long SEED = 1;

  /// What the ratio means.
  enum Verdict {
    FASTER,
    SAME,
    SLOWER
  }

  static Comparison of(Question question, List<Launch> base, List<Launch> now) {
    var work = Work.of(question);
    var normalized =
        base.stream().allMatch(Launch::hasYardsticks)
            && now.stream().allMatch(Launch::hasYardsticks);
    var ratio = Statistics.ratio(units(now, work, normalized), units(base, work, normalized), SEED);
    return new Comparison(question, seconds(base), seconds(now), ratio, normalized);
  }

  private static List<double[]> units(List<Launch> launches, Work work, boolean normalized) {
    return launches.stream().map(l -> normalized ? l.normalized(work) : l.seconds()).toList();
  }

  private static double seconds(List<Launch> launches) {
    return Statistics.location(launches.stream().map(Launch::seconds).toList());
  }

  /// A change counts when the whole interval lies beyond `tolerance`.
  Verdict verdict(double tolerance) {
    if (ratio.low() > 1 + tolerance) {
      return Verdict.SLOWER;
    }
    return ratio.high() < 1 / (1 + tolerance) ? Verdict.FASTER : Verdict.SAME;
  }
}
