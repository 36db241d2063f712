package facet.train.experiment;

import static facet.train.error.Printable.format;

/// What every arm is trained for once: a seed and, in cross-validation, a fold.
///
/// @param fold from 1, 0 without cross-validation
/// @param folds how many there are
public record Unit(long seed, int fold, int folds) {
  /// The name of its folder.
  String folder() {
    return fold == 0 ? "seed-" + seed : format("seed-%d-fold-%d-of-%d", seed, fold, folds);
  }

  @Override
  public String toString() {
    return fold == 0 ? "seed " + seed : format("seed %d, fold %d of %d", seed, fold, folds);
  }
}
