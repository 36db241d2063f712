package facet.bench;

import facet.bench.Statistics.Interval;
import java.util.List;

/// The answers of two contenders to one question.
///
/// @param base seconds of the one compared with
/// @param now seconds of the one in question
/// @param ratio of the times, now to base: 2 is half as fast
/// @param normalized whether the ratio is of times in units of the machine
record Comparison(Question question, double base, double now, Interval ratio, boolean normalized) {
  private static final long SEED = 1;

  /// What the ratio means.
  enum Verdict {
    FASTER,
    SAME,
    SLOWER
  }

  /// Of launches at different times, which are compared in units of the machine where both measured
  /// it.
  static Comparison of(Question question, List<Launch> base, List<Launch> now) {
    var work = Work.of(question);
    var normalized =
        base.stream().allMatch(Launch::hasYardsticks)
            && now.stream().allMatch(Launch::hasYardsticks);
    var ratio = Statistics.ratio(units(now, work, normalized), units(base, work, normalized), SEED);
    return new Comparison(question, seconds(base), seconds(now), ratio, normalized);
  }

  /// Of launches that took turns: each pair had the same machine. The yardstick would only add its
  /// own noise, most of all to operations that last long beside it.
  static Comparison inTurns(Question question, List<Launch> base, List<Launch> now) {
    var ratio = Statistics.ratioOfPairs(times(now), times(base), SEED);
    return new Comparison(question, seconds(base), seconds(now), ratio, false);
  }

  private static List<double[]> units(List<Launch> launches, Work work, boolean normalized) {
    return launches.stream().map(l -> normalized ? l.normalized(work) : l.seconds()).toList();
  }

  private static double seconds(List<Launch> launches) {
    return Statistics.location(times(launches));
  }

  private static List<double[]> times(List<Launch> launches) {
    return launches.stream().map(Launch::seconds).toList();
  }

  /// A change counts when the whole interval lies beyond `tolerance`.
  Verdict verdict(double tolerance) {
    if (ratio.low() > 1 + tolerance) {
      return Verdict.SLOWER;
    }
    return ratio.high() < 1 / (1 + tolerance) ? Verdict.FASTER : Verdict.SAME;
  }
}
