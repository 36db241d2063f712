package facet.train.eval;

import java.util.Arrays;

/// How far two distributions of similarities are apart.
final class Divergences {
  /// The kernel of the Distribution Distillation Loss, `exp(-GAMMA d^2)`.
  private static final double GAMMA = 50;

  private static final double E = 1e-9;

  private Divergences() {}

  /// The Kullback-Leibler divergence `D(P||Q)` of the histograms of `p` and `q` as the Distribution
  /// Distillation Loss takes it: each bin is spread by a Gaussian with a standard deviation of 0.1,
  /// so that empty bins don't make it infinite.
  static double of(float[] p, float[] q) {
    var smoothP = smooth(Similarities.histogram(p));
    var smoothQ = smooth(Similarities.histogram(q));
    var sum = 0.0;
    for (var i = 0; i < smoothP.length; i++) {
      sum += (smoothP[i] + E) * (Math.log(smoothP[i] + E) - Math.log(smoothQ[i] + E));
    }
    return sum;
  }

  private static double[] smooth(double[] bins) {
    var n = bins.length;
    var kernel = new double[2 * n - 1]; // by the distance in bins, 0 in the middle
    for (var d = 0; d < n; d++) {
      var distance = 2.0 * d / n;
      kernel[n - 1 - d] = kernel[n - 1 + d] = Math.exp(-GAMMA * distance * distance);
    }
    var result = new double[n];
    for (var j = 0; j < n; j++) {
      if (bins[j] > 0) { // most are empty
        for (var i = 0; i < n; i++) {
          result[i] += bins[j] * kernel[n - 1 + i - j];
        }
      }
    }
    var total = Arrays.stream(result).reduce(0, Double::sum);
    for (var i = 0; i < n; i++) {
      result[i] /= total;
    }
    return result;
  }
}
