package facet.tensor.check;

import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import java.util.List;
import java.util.function.Function;

/// A misuse of an op and the exact message it must produce on every backend.
///
/// @param op makes the op
/// @param message the whole text
/// @param inputs their shapes
public record OpError(Function<Scope, Op<?>> op, String message, List<Shape> inputs) {
  public static OpError of(Function<Scope, Op<?>> op, String message, Shape... inputs) {
    return new OpError(op, message, List.of(inputs));
  }
}
