package facet.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Medians and their intervals. A launch's times belong together (the JIT's decisions hold for a
/// whole JVM), so a launch counts once: as the median of its iterations.
final class Statistics {
  private static final int RESAMPLES = 4000;
  private static final double TAIL = 0.025; // on each side: 95 %

  /// An estimate and the interval that holds it in 95 of 100 cases.
  record Interval(double low, double value, double high) {}

  private Statistics() {}

  static double median(double... values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    var n = sorted.length;
    if (n == 0) {
      throw new IllegalArgumentException("there is no median of nothing");
    }
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  }

  /// The median over launches of the medians of their iterations.
  static double location(List<double[]> launches) {
    return median(launches.stream().mapToDouble(Statistics::median).toArray());
  }

  /// `location(a) / location(b)` with the bootstrap's interval (Efron 1979): launches are drawn
  /// with replacement, and in each of them iterations; the interval holds the middle 95 % of the
  /// ratios so found. With one launch a side it speaks of that launch's iterations only.
  static Interval ratio(List<double[]> a, List<double[]> b, long seed) {
    var random = new SplittableRandom(seed);
    var ratios = new double[RESAMPLES];
    Arrays.setAll(ratios, i -> resample(a, random) / resample(b, random));
    Arrays.sort(ratios);
    var low = ratios[(int) (TAIL * RESAMPLES)];
    var high = ratios[(int) ((1 - TAIL) * RESAMPLES) - 1];
    return new Interval(low, location(a) / location(b), high);
  }

  private static double resample(List<double[]> launches, SplittableRandom random) {
    var medians = new double[launches.size()];
    for (var i = 0; i < medians.length; i++) {
      var launch = launches.get(random.nextInt(launches.size()));
      var iterations = new double[launch.length];
      Arrays.setAll(iterations, k -> launch[random.nextInt(launch.length)]);
      medians[i] = median(iterations);
    }
    return median(medians);
  }
}
