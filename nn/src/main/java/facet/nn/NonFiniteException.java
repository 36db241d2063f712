package facet.nn;

/// A gradient, a weight or a running statistic that is infinite or not a number: the training has
/// diverged. The message names it.
public final class NonFiniteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NonFiniteException(String message) {
    super(message);
  }

  /// Where the first value of `values` is that is not finite, -1 if all are.
  public static int find(float... values) {
    for (var i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }
}
