package facet.train.eval;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.DoubleStream;

/// The similarities of same-person pairs (`positives`) and different-person pairs (`negatives`),
/// each sorted upwards, and what they say about separability.
public final class Similarities {
  private static final int OVERLAP_BINS = 200;

  /// Cosines of equal embeddings differ by less.
  static final double ROUNDING = 1e-6;

  private final float[] positives;
  private final float[] negatives;

  /// Takes the arrays over and sorts them.
  public Similarities(float[] positives, float[] negatives) {
    Arrays.parallelSort(positives);
    Arrays.parallelSort(negatives);
    this.positives = positives;
    this.negatives = negatives;
  }

  /// All of several kinds of pairs.
  static Similarities pooled(Collection<Similarities> kinds) {
    return new Similarities(
        joined(kinds.stream().map(Similarities::positives).toList()),
        joined(kinds.stream().map(Similarities::negatives).toList()));
  }

  private static float[] joined(List<float[]> parts) {
    var all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    var at = 0;
    for (var part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  public float[] positives() {
    return positives;
  }

  public float[] negatives() {
    return negatives;
  }

  /// Whether there is at least one pair of each kind; the figures below are NaN otherwise.
  public boolean isComplete() {
    return positives.length > 0 && negatives.length > 0;
  }

  /// Whether all of them are the same number, but for rounding.
  boolean areEqual() {
    var all = DoubleStream.concat(ends(positives), ends(negatives)).summaryStatistics();
    return all.getMax() - all.getMin() < ROUNDING;
  }

  private static DoubleStream ends(float[] sorted) {
    return sorted.length == 0
        ? DoubleStream.empty()
        : DoubleStream.of(sorted[0], sorted[sorted.length - 1]);
  }

  /// The true-accept rate at a false-accept rate: the threshold is the round(N far)-th highest of
  /// the N negative similarities (the highest if that is 0), and a pair is accepted from it
  /// upwards. Where lower ranks have the same similarity, the threshold lies just above it: with it
  /// more negatives would be accepted than the rate allows, all of them by a network that gives
  /// every face the same embedding.
  public double tarAtFar(double far) {
    return isComplete() ? share(positives, thresholdAtFar(far)) : Double.NaN;
  }

  /// The threshold of [#tarAtFar].
  public float thresholdAtFar(double far) {
    var rank = Math.max(1, Math.round(negatives.length * far));
    var at = (int) (negatives.length - rank);
    var tied = at > 0 && negatives[at - 1] == negatives[at];
    return tied ? Math.nextUp(negatives[at]) : negatives[at];
  }

  /// The highest mean of true-accept and true-reject rate over all thresholds.
  public double balancedAccuracy() {
    if (!isComplete()) {
      return Double.NaN;
    }
    var best = 0.0;
    var rejected = 0;
    for (var i = 0; i < positives.length; i++) {
      while (rejected < negatives.length && negatives[rejected] < positives[i]) {
        rejected++;
      }
      var accepted = (positives.length - i) / (double) positives.length;
      best = Math.max(best, accepted + rejected / (double) negatives.length);
    }
    return best / 2;
  }

  /// The expectation margin `E[S+] - E[S-]` (Huang et al. 2020).
  public double margin() {
    return meanPositive() - meanNegative();
  }

  /// `E[S+]`.
  public double meanPositive() {
    return mean(positives);
  }

  /// `E[S-]`.
  public double meanNegative() {
    return mean(negatives);
  }

  /// The common area of the two normalised histograms: 0 if the distributions are apart, 1 if they
  /// are equal.
  public double overlap() {
    if (!isComplete()) {
      return Double.NaN;
    }
    var p = histogram(positives);
    var n = histogram(negatives);
    var area = 0.0;
    for (var i = 0; i < p.length; i++) {
      area += Math.min(p[i], n[i]);
    }
    return area;
  }

  /// The share of `values` in each of 200 equal bins over [-1, 1].
  public static double[] histogram(float[] values) {
    var bins = new double[OVERLAP_BINS];
    for (var value : values) {
      var bin = (int) ((value + 1) / 2 * OVERLAP_BINS);
      bins[Math.clamp(bin, 0, OVERLAP_BINS - 1)] += 1.0 / values.length;
    }
    return bins;
  }

  private static double mean(float[] values) {
    var sum = 0.0;
    for (var value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /// The share of the sorted values from `threshold` upwards.
  static double share(float[] sorted, float threshold) {
    return (sorted.length - below(sorted, threshold)) / (double) sorted.length;
  }

  /// How many of the sorted values lie below `limit`.
  private static int below(float[] sorted, float limit) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < limit) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
