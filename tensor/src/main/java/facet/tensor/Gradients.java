package facet.tensor;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What [Tape#backward] computed: the gradient of the loss for every leaf that requires one. Lives
/// as long as the tape.
public final class Gradients {
  private final Map<Tensor, Tensor> byLeaf;

  Gradients(Map<Tensor, Tensor> byLeaf) {
    this.byLeaf = byLeaf;
  }

  /// The gradient of `leaf`, null if the loss does not depend on it.
  public @Nullable Tensor of(Tensor leaf) {
    return byLeaf.get(leaf);
  }
}
