package facet.tensor;

/// Tensors that do not fit an op. The message names the op, the dimension and the shapes.
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }

  /// Throws `op: message` unless `condition` holds; `arguments` fill the message's `%s`.
  public static void require(boolean condition, String op, String message, Object... arguments) {
    if (!condition) {
      throw new ShapeException(op + ": " + message.formatted(arguments));
    }
  }
}
