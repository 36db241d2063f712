package facet.tensor;

import java.util.function.Supplier;

/// The gradients of an op's inputs, in input order. Each is computed when the tape asks for it; one
/// that is not needed never is.
public final class InputGradients {
  private static final int WHOLE = -1;

  private final Supplier<Tensor>[] suppliers;
  private final int offset;

  private InputGradients(Supplier<Tensor>[] suppliers, int offset) {
    this.suppliers = suppliers;
    this.offset = offset;
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // nothing is ever stored into the array
  public static InputGradients lazy(Supplier<Tensor>... perInput) {
    return new InputGradients(perInput, WHOLE);
  }

  /// For ops whose gradients fall out of one pass.
  public static InputGradients of(Tensor... perInput) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    Supplier<Tensor>[] suppliers = new Supplier[perInput.length];
    for (var i = 0; i < perInput.length; i++) {
      var gradient = perInput[i];
      suppliers[i] = () -> gradient;
    }
    return new InputGradients(suppliers, WHOLE);
  }

  /// For an op whose result is a part of its one input, the elements from `offset` on: their
  /// gradient, while that of all others is 0. The tape adds it where it belongs, so that many parts
  /// of one tensor cost no more than the whole.
  public static InputGradients ofPart(int offset, Tensor gradient) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    Supplier<Tensor>[] suppliers = new Supplier[] {() -> gradient};
    return new InputGradients(suppliers, offset);
  }

  /// Whether [#get] gives the gradient of a part only, which begins at element [#offset].
  boolean isPart() {
    return offset != WHOLE;
  }

  int offset() {
    return offset;
  }

  public int count() {
    return suppliers.length;
  }

  public Tensor get(int input) {
    return suppliers[input].get();
  }
}
