package facet.tensor;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Tensors that do not fit an op. The message names the op, the dimension and the shapes.
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }

  /// As below. The op's name is made when it is needed: this is called for every op of every step.
  public static void require(
      boolean condition, Op<?> op, String message, @Nullable Object... arguments) {
    if (!condition) {
      require(false, op.name(), message, arguments);
    }
  }

  /// Throws `op: message` unless `condition` holds; `arguments` fill the message's `%s`.
  public static void require(
      boolean condition, String op, String message, @Nullable Object... arguments) {
    if (!condition) {
      throw new ShapeException(op + ": " + String.format(Locale.ROOT, message, arguments));
    }
  }
}
