package facet.bench;

import facet.bench.Statistics.Interval;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The answers of two contenders to one question.
///
/// @param base the one compared with
/// @param now the one in question
/// @param ratio of the times, now to base: 2 is half as fast
/// @param launches of the side that has fewer
/// @param normalized whether the ratio is of times in units of the machine
record Comparison(
    Question question, Side base, Side now, Interval ratio, int launches, boolean normalized) {
  /// Launches of each side from which on a difference says something: the JIT's decisions hold for
  /// a whole JVM, and two launches of the same build can differ by more than the tolerance.
  static final int FEWEST_LAUNCHES = 5;

  private static final long SEED = 1;

  /// How one of the two did; NaN where it was not measured.
  ///
  /// @param seconds of an operation
  /// @param cores kept busy
  /// @param share of the machine's peak
  record Side(double seconds, double cores, double share) {
    private static Side of(Question question, List<Launch> launches) {
      var counted = launches.stream().allMatch(l -> l.cores().length > 0);
      return new Side(
          Statistics.location(times(launches)),
          counted ? Statistics.location(launches.stream().map(Launch::cores).toList()) : Double.NaN,
          Work.of(question).share(launches));
    }
  }

  /// What the ratio means.
  enum Verdict {
    FASTER,
    SAME,
    SLOWER,
    /// Too few launches were made to say anything.
    UNDECIDED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Of launches at different times, which are compared in units of the machine where both measured
  /// it.
  static Comparison of(Question question, List<Launch> base, List<Launch> now) {
    var work = Work.of(question);
    var normalized =
        base.stream().allMatch(Launch::hasYardsticks)
            && now.stream().allMatch(Launch::hasYardsticks);
    var ratio = Statistics.ratio(units(now, work, normalized), units(base, work, normalized), SEED);
    var launches = Math.min(base.size(), now.size());
    return new Comparison(
        question, Side.of(question, base), Side.of(question, now), ratio, launches, normalized);
  }

  /// Of launches that took turns: each pair had the same machine. The yardstick would only add its
  /// own noise, most of all to operations that last long beside it.
  static Comparison inTurns(Question question, List<Launch> base, List<Launch> now) {
    var ratio = Statistics.ratioOfPairs(times(now), times(base), SEED);
    return new Comparison(
        question, Side.of(question, base), Side.of(question, now), ratio, now.size(), false);
  }

  private static List<double[]> units(List<Launch> launches, Work work, boolean normalized) {
    return launches.stream().map(l -> normalized ? l.normalized(work) : l.seconds()).toList();
  }

  private static List<double[]> times(List<Launch> launches) {
    return launches.stream().map(Launch::seconds).toList();
  }

  /// A change counts when the whole interval lies beyond `tolerance`, and [#FEWEST_LAUNCHES] were
  /// made.
  Verdict verdict(double tolerance) {
    if (launches < FEWEST_LAUNCHES) {
      return Verdict.UNDECIDED;
    }
    var slower = ratio.low() > 1 + tolerance;
    var faster = ratio.high() < 1 / (1 + tolerance);
    return slower ? Verdict.SLOWER : faster ? Verdict.FASTER : Verdict.SAME;
  }

  /// For programs: times in milliseconds, the interval and what it means.
  Map<String, Object> json(double tolerance) {
    var map = new LinkedHashMap<String, Object>();
    map.put("question", question.toString());
    map.put("base_ms", 1e3 * base.seconds());
    map.put("now_ms", 1e3 * now.seconds());
    map.put("ratio", ratio.value());
    map.put("ratio_low", ratio.low());
    map.put("ratio_high", ratio.high());
    map.put("launches", launches);
    map.put("verdict", verdict(tolerance).toString());
    return map;
  }
}
