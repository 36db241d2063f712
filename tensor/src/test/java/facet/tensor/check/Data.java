package facet.tensor.check;

import java.util.Random;
import java.util.function.IntToDoubleFunction;

/// Seeded test data. Every number is rounded to float32, so that all backends see the same one.
public final class Data {
  private Data() {}

  public static double[] fill(int n, IntToDoubleFunction value) {
    var values = new double[n];
    for (var i = 0; i < n; i++) {
      values[i] = (float) value.applyAsDouble(i);
    }
    return values;
  }

  /// Standard normal numbers times `scale`.
  public static double[] normal(int n, double scale, long seed) {
    var random = new Random(seed);
    return fill(n, i -> scale * random.nextGaussian());
  }

  public static double[] uniform(int n, double low, double high, long seed) {
    var random = new Random(seed);
    return fill(n, i -> low + (high - low) * random.nextDouble());
  }

  /// Numbers of either sign with `0.1 <= |x| < 1.1`: away from the kink of a rectifier.
  public static double[] awayFromZero(int n, long seed) {
    var random = new Random(seed);
    return fill(n, i -> (random.nextBoolean() ? 1 : -1) * (0.1 + random.nextDouble()));
  }

  /// `n` numbers around 0 in random order, neighbours 1/64 apart: a maximum without ties.
  public static double[] distinct(int n, long seed) {
    var random = new Random(seed);
    var values = fill(n, i -> (i - n / 2) / 64.0);
    for (var i = n - 1; i > 0; i--) {
      var j = random.nextInt(i + 1);
      var swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
    return values;
  }

  /// Small integers from `-limit` to `limit`: sums of their products are exact, ties are frequent.
  public static double[] integers(int n, int limit, long seed) {
    var random = new Random(seed);
    return fill(n, i -> random.nextInt(2 * limit + 1) - limit);
  }

  /// Rows of length 1.
  public static double[] unitRows(int rows, int columns, long seed) {
    var values = normal(rows * columns, 1, seed);
    for (var r = 0; r < rows; r++) {
      var squares = 0.0;
      for (var i = r * columns; i < (r + 1) * columns; i++) {
        squares += values[i] * values[i];
      }
      for (var i = r * columns; i < (r + 1) * columns; i++) {
        values[i] = (float) (values[i] / Math.sqrt(squares));
      }
    }
    return values;
  }

  /// A histogram: `n` numbers from 0 on with the sum 1, a third of them 0.
  public static double[] histogram(int n, long seed) {
    var values = uniform(n, 0, 1, seed);
    var sum = 0.0;
    for (var i = 0; i < n; i++) {
      values[i] = i % 3 == 2 ? 0 : values[i];
      sum += values[i];
    }
    for (var i = 0; i < n; i++) {
      values[i] = (float) (values[i] / sum);
    }
    return values;
  }

  /// Random labels in `[0, classes)`.
  public static int[] labels(int n, int classes, long seed) {
    return new Random(seed).ints(n, 0, classes).toArray();
  }
}
