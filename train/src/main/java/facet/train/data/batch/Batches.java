package facet.train.data.batch;

/// Batches in their order, without end.
@FunctionalInterface
public interface Batches {
  /// The next batch; the one before may be used again.
  ///
  /// @throws facet.train.error.FacetException if one of its images cannot be read
  Batch next();
}
