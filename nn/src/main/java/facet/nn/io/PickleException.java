package facet.nn.io;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A pickle that is damaged or wants more than describe data. The message does not name the file.
public final class PickleException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final int at;

  public PickleException(String problem) {
    this(problem, null);
  }

  public PickleException(String problem, @Nullable Throwable cause) {
    super(problem, cause);
    this.problem = problem;
    this.at = -1;
  }

  /// A problem at byte `at` of the pickle.
  PickleException(String problem, int at, @Nullable Throwable cause) {
    super("pickle, byte " + at + ": " + problem, cause);
    this.problem = problem;
    this.at = at;
  }

  /// What is wrong, without the place.
  public String problem() {
    return problem;
  }

  /// The byte of the pickle; -1 if it is not known.
  public int at() {
    return at;
  }
}
