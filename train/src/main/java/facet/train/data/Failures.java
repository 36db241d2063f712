package facet.train.data;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;

/// Failures of another thread, rethrown on this one.
public final class Failures {
  private Failures() {}

  /// Throws `cause` if it is unchecked, else wrapped.
  public static RuntimeException rethrow(Throwable cause) {
    if (cause instanceof Error e) {
      throw e;
    }
    return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
  }

  public static FacetException interrupted(String doing) {
    Thread.currentThread().interrupt();
    return new FacetException(ExitCode.INTERRUPTED, "interrupted while " + doing + ".");
  }
}
