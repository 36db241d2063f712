package facet.nn.optim;

import facet.nn.Parameter;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.UpdateKernels;
import facet.tensor.kernel.UpdateKernels.AdamStep;
import facet.tensor.kernel.UpdateKernels.Clip;
import facet.tensor.kernel.UpdateKernels.Slot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch defines it, with `g`
/// the clipped gradient and `t` the number of the update:
///
///     m = β₁ m + (1 − β₁) g        v = β₂ v + (1 − β₂) g²
///     w = (1 − rate · weightDecay) w − rate · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
public final class AdamW extends Optimizer {
  private final Settings settings;
  private final Tensor updates; // so far; with the moments it goes into a checkpoint

  /// @param beta1 how much of the first moment is kept
  /// @param beta2 how much of the second
  /// @param eps the least that is divided by
  public record Settings(double beta1, double beta2, double eps) {
    public static final Settings DEFAULT = new Settings(0.9, 0.999, 1e-8);
  }

  /// @param scope where the moments live, as long as the parameters
  public AdamW(Scope scope, Settings settings, Group... groups) {
    super(scope, true, groups);
    this.settings = settings;
    updates = scope.zeros(Shape.scalar());
  }

  /// With PyTorch's settings.
  public AdamW(Scope scope, Group... groups) {
    this(scope, Settings.DEFAULT, groups);
  }

  @Override
  void begin() {
    updates.set(updates.item() + 1);
  }

  @Override
  void update(UpdateKernels kernels, List<Slot> slots, double rate, @Nullable Clip clip) {
    kernels.adamW(
        slots,
        new AdamStep(
            rate, settings.beta1, settings.beta2, settings.eps, Math.round(updates.item()), clip));
  }

  @Override
  public List<Parameter> state() {
    var all = new ArrayList<>(super.state());
    all.addAll(squares());
    all.add(new Parameter("updates", updates, false, new Parameter.Layout.Plain()));
    return List.copyOf(all);
  }
}
