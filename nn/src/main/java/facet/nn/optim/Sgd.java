package facet.nn.optim;

import facet.nn.Parameter;
import facet.tensor.Gradients;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.UpdateKernels.Clip;
import facet.tensor.kernel.UpdateKernels.Slot;
import java.util.ArrayList;
import java.util.List;

/// Stochastic gradient descent with momentum, as PyTorch defines it, over groups of parameters that
/// are clipped together:
///
///     g = dw · min(1, maxNorm / (|dw of the group| + 1e-6))
///     v = momentum · v + g + weightDecay · w        w = w − rate · v
///
/// Weight decay applies to parameters that ask for it.
public final class Sgd {
  private final double momentum;
  private final List<State> groups = new ArrayList<>();
  private final Scope scope;

  /// @param maxNorm largest norm of the group's gradient, 0 for no clipping
  public record Group(List<Parameter> parameters, double weightDecay, double maxNorm) {}

  private record State(Group group, List<Trained> trained, Tensor squaredNorm) {}

  private record Trained(Parameter parameter, Tensor momentum) {}

  /// @param scope where the momentum lives, as long as the parameters
  public Sgd(Scope scope, double momentum, Group... groups) {
    this.scope = scope;
    this.momentum = momentum;
    for (var group : groups) {
      var trained =
          group.parameters().stream()
              .filter(Parameter::trained)
              .map(p -> new Trained(p, scope.zeros(p.value().shape())))
              .toList();
      this.groups.add(new State(group, trained, scope.zeros(Shape.scalar())));
    }
  }

  /// Updates all parameters at learning rate `rate`; one that the loss does not depend on stays.
  ///
  /// @return the norm of the first group's gradient before clipping
  public double step(Gradients gradients, double rate) {
    for (var state : groups) {
      var slots = slots(state, gradients);
      var update = scope.kernels().update();
      update.squaredNorm(slots, state.squaredNorm.storage());
      var maxNorm = state.group.maxNorm();
      var clip = maxNorm > 0 ? new Clip(state.squaredNorm.storage(), maxNorm) : null;
      update.sgd(slots, rate, momentum, clip);
    }
    return Math.sqrt(groups.getFirst().squaredNorm.item());
  }

  private static List<Slot> slots(State state, Gradients gradients) {
    var slots = new ArrayList<Slot>(state.trained.size());
    for (var trained : state.trained) {
      var value = trained.parameter.value();
      var gradient = gradients.of(value);
      if (gradient != null) {
        slots.add(
            new Slot(
                value.storage(),
                gradient.storage(),
                trained.momentum.storage(),
                value.size(),
                trained.parameter.decay() ? state.group.weightDecay() : 0));
      }
    }
    return slots;
  }

  /// The momentum buffers as parameters of their own, named after what they belong to, for a
  /// checkpoint.
  public List<Parameter> state() {
    return groups.stream()
        .flatMap(g -> g.trained.stream())
        .map(t -> new Parameter(t.parameter.name(), t.momentum, false, t.parameter.layout()))
        .toList();
  }
}
