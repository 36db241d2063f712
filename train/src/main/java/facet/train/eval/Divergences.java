package facet.train.eval;

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
    var kernel = new double[bins.length]; // by the distance in bins
    for (var i = 0; i < kernel.length; i++) {
      var d = 2.0 * i / bins.length;
      kernel[i] = Math.exp(-GAMMA * d * d);
    }
    var result = new double[bins.length];
    var total = 0.0;
    for (var i = 0; i < bins.length; i++) {
      for (var j = 0; j < bins.length; j++) {
        result[i] += bins[j] * kernel[Math.abs(i - j)];
      }
      total += result[i];
    }
    for (var i = 0; i < result.length; i++) {
      result[i] /= total;
    }
    return result;
  }
}
