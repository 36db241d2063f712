package facet.nn.io;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A pickle that is damaged or wants more than describe data. The message does not name the file.
public final class PickleException extends IOException {
  private static final long serialVersionUID = 1L;

  public PickleException(String problem) {
    this(problem, null);
  }

  public PickleException(String problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
