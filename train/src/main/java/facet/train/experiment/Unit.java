package facet.train.experiment;

import java.util.Locale;

/// What every arm is trained for once: a seed and, in cross-validation, a fold.
///
/// @param fold from 1, 0 without cross-validation
/// @param folds how many there are
public record Unit(long seed, int fold, int folds) {
  static Unit of(long seed) {
    return new Unit(seed, 0, 0);
  }

  /// The name of its folder.
  String folder() {
    return fold == 0
        ? "seed-" + seed
        : String.format(Locale.ROOT, "seed-%d-fold-%d-of-%d", seed, fold, folds);
  }

  @Override
  public String toString() {
    return fold == 0
        ? "seed " + seed
        : String.format(Locale.ROOT, "seed %d, fold %d of %d", seed, fold, folds);
  }
}
