package facet.tensor;

/// A differentiable function of tensors with one tensor as its result: `forward` and an explicit
/// `backward` beside each other. An op is a record; its components are its parameters. It never
/// changes its inputs, and it returns gradients; only the [Tape] accumulates them.
///
/// @param <S> what backward remembers of forward, a record; `Void` and `null` if nothing
public interface Op<S> {
  /// The name in error messages: the class name with a small initial.
  default String name() {
    var simple = getClass().getSimpleName();
    return Character.toLowerCase(simple.charAt(0)) + simple.substring(1);
  }

  /// Checks the shapes, computes the result in memory of `scope`.
  Forward<S> forward(Scope scope, Tensor... in);

  /// The gradients of the inputs, in their order: each in fresh memory of `scope`, or `dy` itself
  /// or a view of it, but never a saved tensor (the tape gives their memory back early).
  ///
  /// @param dy the gradient of the result, of its shape; may be returned, but only be changed if
  ///     [Scope#inPlaceOf] gives it
  InputGradients backward(Scope scope, S saved, Tensor dy);

  /// The result of [Op#forward] and what backward needs.
  record Forward<S>(Tensor y, S saved) {}
}
