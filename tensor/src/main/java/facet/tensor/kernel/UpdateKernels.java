package facet.tensor.kernel;

import facet.tensor.Storage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The optimiser's pass over all parameters.
public interface UpdateKernels {
  /// One parameter tensor with its gradient and momentum buffer, `length` elements each.
  record Slot(Storage value, Storage gradient, Storage momentum, int length, double weightDecay) {}

  /// Clipping by the global norm: gradients are scaled by `min(1, maxNorm / (sqrt(squaredNorm[0]) +
  /// 1e-6))`.
  record Clip(Storage squaredNorm, double maxNorm) {}

  /// How far to go.
  record Step(double rate, double momentum, @Nullable Clip clip) {}

  /// `y[0] = sum of the squares of all gradients`.
  void squaredNorm(List<Slot> slots, Storage y);

  /// Stochastic gradient descent with momentum, as PyTorch defines it, with `g` the clipped
  /// gradient:
  ///
  ///     v = momentum * v + g + weightDecay * w        w = w - rate * v
  void sgd(List<Slot> slots, Step step);
}
