package facet.train.eval;

import static facet.train.error.Printable.format;

import java.util.Arrays;

/// LFW's verification protocol as insightface computes it. For each fold: the first of the
/// thresholds 0, 0.01, ... 3.99 on the squared distance that has the highest accuracy on all other
/// folds, and the accuracy at that threshold on the fold itself. A pair counts as one person if its
/// distance is strictly less.
public final class KFold {
  private static final int THRESHOLDS = 400;

  private KFold() {}

  /// @param mean the mean accuracy over the folds
  /// @param deviation their population standard deviation
  /// @param folds the accuracy of each fold
  /// @param threshold the mean of the chosen thresholds on the squared distance
  public record Result(double mean, double deviation, double[] folds, double threshold) {
    /// The cosine of two embeddings of length 1 that are so far apart.
    public double cosine() {
      return 1 - threshold / 2;
    }
  }

  /// @param distances the squared distances of the pairs
  /// @param same whether each pair is of one person
  /// @param fold the fold of each pair; at least two different ones
  public static Result accuracy(double[] distances, boolean[] same, int[] fold) {
    var names = Arrays.stream(fold).distinct().sorted().toArray();
    var folds = names.length;
    if (folds < 2) {
      throw new IllegalArgumentException(
          format(
              "%d pairs in %d folds: 2 folds with a pair each are needed",
              distances.length, folds));
    }
    var size = new int[folds];
    var right = new int[folds][THRESHOLDS];
    for (var i = 0; i < distances.length; i++) {
      var f = Arrays.binarySearch(names, fold[i]);
      size[f]++;
      for (var t = 0; t < THRESHOLDS; t++) {
        if (distances[i] < t * 0.01 == same[i]) {
          right[f][t]++;
        }
      }
    }
    var accuracies = new double[folds];
    var thresholds = 0.0;
    for (var f = 0; f < folds; f++) {
      var best = bestThreshold(right, f);
      accuracies[f] = right[f][best] / (double) size[f];
      thresholds += best * 0.01 / folds;
    }
    return new Result(mean(accuracies), deviation(accuracies), accuracies, thresholds);
  }

  private static int bestThreshold(int[][] right, int leftOut) {
    var best = 0;
    var bestCount = -1;
    for (var t = 0; t < THRESHOLDS; t++) {
      var count = 0;
      for (var fold = 0; fold < right.length; fold++) {
        count += fold == leftOut ? 0 : right[fold][t];
      }
      if (count > bestCount) {
        bestCount = count;
        best = t;
      }
    }
    return best;
  }

  static double mean(double... values) {
    var sum = 0.0;
    for (var value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /// The standard deviation of a population.
  static double deviation(double... values) {
    var mean = mean(values);
    var squares = 0.0;
    for (var value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }

  /// Cuts the same and the different pairs each into `folds` contiguous parts of equal size.
  public static int[] cut(boolean[] same, int folds) {
    var counts = new int[2];
    for (var s : same) {
      counts[s ? 1 : 0]++;
    }
    var seen = new int[2];
    var fold = new int[same.length];
    for (var i = 0; i < same.length; i++) {
      var kind = same[i] ? 1 : 0;
      fold[i] = (int) ((long) seen[kind]++ * folds / counts[kind]);
    }
    return fold;
  }
}
