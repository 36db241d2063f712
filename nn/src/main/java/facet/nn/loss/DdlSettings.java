package facet.nn.loss;

import facet.tensor.kernel.HistogramGrid;

/// The constants of the Distribution Distillation Loss.
///
/// @param grid the nodes of the histograms and `γ`
/// @param positiveWeight `λ₁`, of the divergence of the positives
/// @param negativeWeight `λ₂`, of the divergence of the negatives
/// @param orderWeight `λ₃`, of the order loss
/// @param e added to both histograms in the divergence
/// @param detachTeacher whether the divergences move the students only; in the paper they also pull
///     the teacher, and the order loss holds against it
public record DdlSettings(
    HistogramGrid grid,
    double positiveWeight,
    double negativeWeight,
    double orderWeight,
    double e,
    boolean detachTeacher) {

  /// The paper's weights over nodes on [-1, 1], where negative similarities fall too.
  public static final DdlSettings DEFAULT = onGrid(new HistogramGrid(-1, 2.0 / 999, 1000, 50));

  /// The official code's nodes, 0, 0.001 .. 0.999: negative similarities reach them by the kernel's
  /// tail alone.
  public static final DdlSettings OFFICIAL = onGrid(new HistogramGrid(0, 0.001, 1000, 50));

  private static DdlSettings onGrid(HistogramGrid grid) {
    return new DdlSettings(grid, 0.1, 0.02, 0.5, 1e-9, false);
  }

  /// The divergences of the positives alone.
  DdlSettings positives() {
    return new DdlSettings(grid, positiveWeight, 0, 0, e, detachTeacher);
  }

  /// The divergences of the negatives alone.
  DdlSettings negatives() {
    return new DdlSettings(grid, 0, negativeWeight, 0, e, detachTeacher);
  }

  /// The order loss alone.
  DdlSettings order() {
    return new DdlSettings(grid, 0, 0, orderWeight, e, detachTeacher);
  }
}
