package facet.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

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
  /// ratios so found. With one launch a side it covers only that launch's iterations.
  static Interval ratio(List<double[]> a, List<double[]> b, long seed) {
    var random = new SplittableRandom(seed);
    return interval(location(a) / location(b), () -> resample(a, random) / resample(b, random));
  }

  /// The median of `a`'s launches divided by those of `b` that ran beside them, with its interval:
  /// pairs of launches are drawn, and in both of a pair iterations. What slows both of a pair does
  /// not count.
  static Interval ratioOfPairs(List<double[]> a, List<double[]> b, long seed) {
    var random = new SplittableRandom(seed);
    return interval(
        pairs(a.size(), i -> median(a.get(i)) / median(b.get(i))),
        () ->
            pairs(
                a.size(),
                i -> {
                  var pair = random.nextInt(a.size());
                  return redraw(a.get(pair), random) / redraw(b.get(pair), random);
                }));
  }

  private static double pairs(int count, IntToDoubleFunction ratio) {
    return median(IntStream.range(0, count).mapToDouble(ratio).toArray());
  }

  private static Interval interval(double value, DoubleSupplier resample) {
    var samples = DoubleStream.generate(resample).limit(RESAMPLES).sorted().toArray();
    return new Interval(
        samples[(int) (TAIL * RESAMPLES)], value, samples[(int) ((1 - TAIL) * RESAMPLES) - 1]);
  }

  private static double resample(List<double[]> launches, SplittableRandom random) {
    var medians = new double[launches.size()];
    Arrays.setAll(medians, i -> redraw(launches.get(random.nextInt(launches.size())), random));
    return median(medians);
  }

  /// The median of as many iterations of a launch, drawn with replacement.
  private static double redraw(double[] launch, SplittableRandom random) {
    var iterations = new double[launch.length];
    Arrays.setAll(iterations, k -> launch[random.nextInt(launch.length)]);
    return median(iterations);
  }
}
