package facet.train.eval;

/// LFW's verification protocol as insightface computes it: contiguous folds; on all other folds the
/// first of the thresholds 0, 0.01, ... 3.99 on the squared distance with the highest accuracy; the
/// accuracy at that threshold on the fold itself. A pair is the same person if its distance is
/// strictly less.
public final class KFold {
  private static final int THRESHOLDS = 400;

  private KFold() {}

  /// @param mean the mean accuracy over the folds
  /// @param deviation their population standard deviation
  /// @param folds the accuracy of each fold
  /// @param threshold the mean of the chosen thresholds on the squared distance
  public record Result(double mean, double deviation, double[] folds, double threshold) {}

  /// @param distances the squared distances of the pairs, in fold order
  /// @param same whether each pair is of one person
  public static Result accuracy(double[] distances, boolean[] same, int folds) {
    var pairs = distances.length;
    if (folds < 2 || pairs < folds) {
      throw new IllegalArgumentException(
          folds + " folds cannot be made of " + pairs + " pairs: 2 folds and a pair each at least");
    }
    var right = new int[folds][THRESHOLDS];
    for (var fold = 0; fold < folds; fold++) {
      for (var i = start(pairs, folds, fold); i < start(pairs, folds, fold + 1); i++) {
        for (var t = 0; t < THRESHOLDS; t++) {
          if (distances[i] < t * 0.01 == same[i]) {
            right[fold][t]++;
          }
        }
      }
    }
    var accuracies = new double[folds];
    var thresholds = 0.0;
    for (var fold = 0; fold < folds; fold++) {
      var best = bestThreshold(right, fold);
      var size = start(pairs, folds, fold + 1) - start(pairs, folds, fold);
      accuracies[fold] = right[fold][best] / (double) size;
      thresholds += best * 0.01 / folds;
    }
    return summary(accuracies, thresholds);
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

  private static Result summary(double[] accuracies, double threshold) {
    var mean = 0.0;
    for (var a : accuracies) {
      mean += a / accuracies.length;
    }
    var variance = 0.0;
    for (var a : accuracies) {
      variance += (a - mean) * (a - mean) / accuracies.length;
    }
    return new Result(mean, Math.sqrt(variance), accuracies, threshold);
  }

  /// Where fold `fold` begins: the first `pairs mod folds` folds hold one pair more, as
  /// scikit-learn's `KFold` cuts.
  private static int start(int pairs, int folds, int fold) {
    return fold * (pairs / folds) + Math.min(fold, pairs % folds);
  }
}
