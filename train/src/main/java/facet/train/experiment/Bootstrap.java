package facet.train.experiment;

import facet.train.data.RandomStream;
import java.util.Arrays;
import java.util.List;

/// Intervals for other people and other seeds: people are drawn again within each fold, as
/// [facet.train.eval.Resampled] did for every network, and seeds here.
final class Bootstrap {
  private static final double TAIL = 0.025;
  private static final RandomStream SEEDS = new RandomStream(1);

  private Bootstrap() {}

  /// From `low` to `high`, NaN without draws.
  record Interval(double low, double high) {
    static final Interval NONE = new Interval(Double.NaN, Double.NaN);

    boolean exists() {
      return !Double.isNaN(low);
    }
  }

  /// The 95 % interval of the mean over folds and seeds.
  ///
  /// @param differences of every seed, of every fold: a value for each draw of people; a seed may
  ///     lack some of the folds
  static Interval interval(List<List<double[]>> differences) {
    var draws = differences.stream().flatMap(List::stream).mapToInt(d -> d.length).min().orElse(0);
    if (draws == 0) {
      return Interval.NONE;
    }
    var means = new double[draws];
    for (var draw = 0; draw < draws; draw++) {
      var sum = 0.0;
      var count = 0;
      for (var i = 0; i < differences.size(); i++) {
        var seed = differences.get(SEEDS.at(draw).below(i, differences.size()));
        for (var fold : seed) {
          sum += fold[draw];
          count++;
        }
      }
      means[draw] = count == 0 ? Double.NaN : sum / count;
    }
    var defined = Arrays.stream(means).filter(Double::isFinite).sorted().toArray();
    return defined.length < draws / 2 || defined.length < 2
        ? Interval.NONE
        : new Interval(quantile(defined, TAIL), quantile(defined, 1 - TAIL));
  }

  private static double quantile(double[] sorted, double share) {
    var at = share * (sorted.length - 1);
    var below = (int) at;
    var above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
