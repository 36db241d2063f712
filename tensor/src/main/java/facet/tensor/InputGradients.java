package facet.tensor;

import java.util.function.Supplier;

/// The gradients of an op's inputs, in input order. Each is computed when the tape asks for it; one
/// that nobody needs never is.
public final class InputGradients {
  private final Supplier<Tensor>[] suppliers;

  private InputGradients(Supplier<Tensor>[] suppliers) {
    this.suppliers = suppliers;
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // nothing is ever stored into the array
  public static InputGradients lazy(Supplier<Tensor>... perInput) {
    return new InputGradients(perInput);
  }

  /// For ops whose gradients fall out of one pass.
  public static InputGradients of(Tensor... perInput) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    Supplier<Tensor>[] suppliers = new Supplier[perInput.length];
    for (var i = 0; i < perInput.length; i++) {
      var gradient = perInput[i];
      suppliers[i] = () -> gradient;
    }
    return new InputGradients(suppliers);
  }

  public int count() {
    return suppliers.length;
  }

  public Tensor get(int input) {
    return suppliers[input].get();
  }
}
