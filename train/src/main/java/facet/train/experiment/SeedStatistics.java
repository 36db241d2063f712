package facet.train.experiment;

import java.util.Collection;

/// A figure of an arm over the seeds, and by how much it differs from the baseline's of the same
/// seeds: the mean of the differences and its 95 % interval by Student's t distribution, for other
/// seeds with the same people. Undefined values are NaN: a deviation or an interval of one seed.
///
/// @param people the 95 % interval for other people and other seeds
record SeedStatistics(
    int count,
    double mean,
    double deviation,
    double difference,
    double low,
    double high,
    Bootstrap.Interval people) {
  /// Of `n - 1 = 1, 2, ...` degrees of freedom: 97.5 % of the t distribution lies below.
  private static final double[] T = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042
  };

  /// @param differences to the baseline, one a seed; none for the baseline itself
  static SeedStatistics of(
      Collection<Double> values, Collection<Double> differences, Bootstrap.Interval people) {
    var difference = mean(differences);
    var n = differences.size();
    var half = n < 2 ? Double.NaN : t(n - 1) * deviation(differences) / Math.sqrt(n);
    return new SeedStatistics(
        values.size(),
        mean(values),
        deviation(values),
        difference,
        difference - half,
        difference + half,
        people);
  }

  /// The interval to show: that over people if there is one.
  Bootstrap.Interval interval() {
    return people.exists() ? people : new Bootstrap.Interval(low, high);
  }

  private static double t(int degrees) {
    return degrees <= T.length ? T[degrees - 1] : 1.960 + 2.46 / degrees;
  }

  private static double mean(Collection<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  /// The standard deviation of a sample, with `n - 1`.
  private static double deviation(Collection<Double> values) {
    var mean = mean(values);
    var squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return values.size() < 2 ? Double.NaN : Math.sqrt(squares / (values.size() - 1));
  }
}
