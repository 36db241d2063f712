package facet.tensor.kernel;

import facet.tensor.Storage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The optimiser's pass over all parameters.
public interface UpdateKernels {
  /// One parameter tensor with its gradient and what the optimiser remembers of it, `length`
  /// elements each.
  ///
  /// @param squares the second moment, null with an optimiser that has none
  record Slot(
      Storage value,
      Storage gradient,
      Storage momentum,
      @Nullable Storage squares,
      int length,
      double weightDecay) {

    /// A slot without a second moment.
    public Slot(Storage value, Storage gradient, Storage momentum, int length, double weightDecay) {
      this(value, gradient, momentum, null, length, weightDecay);
    }
  }

  /// Clipping by the global norm: gradients are scaled by `min(1, maxNorm / (sqrt(squaredNorm[0]) +
  /// 1e-6))`.
  record Clip(Storage squaredNorm, double maxNorm) {}

  /// How far to go.
  record Step(double rate, double momentum, @Nullable Clip clip) {}

  /// How far [#adamW] goes.
  ///
  /// @param number of the update, from 1
  record AdamStep(
      double rate, double beta1, double beta2, double eps, long number, @Nullable Clip clip) {
    /// What the update subtracts, `factor m / (sqrt(v) + shift)`, with the corrections of both
    /// moments in two numbers.
    public double factor() {
      return rate * correction() / (1 - Math.pow(beta1, (double) number));
    }

    public double shift() {
      return eps * correction();
    }

    private double correction() {
      return Math.sqrt(1 - Math.pow(beta2, (double) number));
    }
  }

  /// `y[0] = sum of the squares of all gradients`.
  void squaredNorm(List<Slot> slots, Storage y);

  /// Stochastic gradient descent with momentum, as PyTorch defines it, with `g` the clipped
  /// gradient:
  ///
  ///     v = momentum * v + g + weightDecay * w        w = w - rate * v
  void sgd(List<Slot> slots, Step step);

  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch defines it, with `g`
  /// the clipped gradient and `t` the number of the update:
  ///
  ///     m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
  ///     w = (1 - rate weightDecay) w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
  void adamW(List<Slot> slots, AdamStep step);
}
