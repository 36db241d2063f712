package facet.nn.loss;

/// What is kept of a head's classes, a matrix `[classes, d]` each.
public enum HeadMatrix {
  WEIGHT,
  /// The momentum, or the first moment.
  MOMENTUM,
  /// The second moment, which not every optimiser has.
  SQUARES
}
