package facet.nn.io;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A safetensors file that is missing, damaged, hostile or not what the caller expects. The message
/// names the file and the field.
public final class SafetensorsException extends WeightFileException {
  private static final long serialVersionUID = 1L;

  public SafetensorsException(Path file, String problem) {
    this(file, problem, null);
  }

  public SafetensorsException(Path file, String problem, @Nullable Throwable cause) {
    super(file, problem, cause);
  }
}
