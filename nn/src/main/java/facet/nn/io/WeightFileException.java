package facet.nn.io;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file of weights that is missing, damaged, hostile or not what the caller expects. The message
/// names the file and the field.
public class WeightFileException extends IOException {
  private static final long serialVersionUID = 1L;

  public WeightFileException(Path file, String problem) {
    this(file, problem, null);
  }

  public WeightFileException(Path file, String problem, @Nullable Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
