package facet.nn.optim;

import facet.tensor.Scope;
import facet.tensor.kernel.UpdateKernels;
import facet.tensor.kernel.UpdateKernels.Clip;
import facet.tensor.kernel.UpdateKernels.Slot;
import facet.tensor.kernel.UpdateKernels.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Stochastic gradient descent with momentum, as PyTorch defines it, with `g` the clipped gradient:
///
///     v = momentum · v + g + weightDecay · w        w = w − rate · v
public final class Sgd extends Optimizer {
  private final double momentum;

  /// @param scope where the momentum lives, as long as the parameters
  public Sgd(Scope scope, double momentum, Group... groups) {
    super(scope, false, groups);
    this.momentum = momentum;
  }

  @Override
  void update(UpdateKernels kernels, List<Slot> slots, double rate, @Nullable Clip clip) {
    kernels.sgd(slots, new Step(rate, momentum, clip));
  }
}
