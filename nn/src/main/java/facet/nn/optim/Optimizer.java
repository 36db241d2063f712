package facet.nn.optim;

import facet.nn.NonFiniteException;
import facet.nn.Parameter;
import facet.tensor.Gradients;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.UpdateKernels;
import facet.tensor.kernel.UpdateKernels.Clip;
import facet.tensor.kernel.UpdateKernels.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What moves parameters along their gradients, over groups of them that are clipped together:
///
///     g = dw · min(1, maxNorm / (|dw of the group| + 1e-6))
///
/// Weight decay applies to parameters that ask for it.
public abstract sealed class Optimizer permits Sgd, AdamW {
  /// Before the name of a parameter in that of its second moment.
  public static final String SQUARES = "squares.";

  private final List<State> groups = new ArrayList<>();
  private final Scope scope;

  /// @param maxNorm largest norm of the group's gradient, 0 for no clipping
  public record Group(List<Parameter> parameters, double weightDecay, double maxNorm) {}

  /// @param all values of the group, trained or not, as the gradients of their squared norm
  private record State(Group group, List<Trained> trained, Tensor squaredNorm, List<Slot> all) {}

  private record Trained(Parameter parameter, Tensor momentum, @Nullable Tensor squares) {}

  /// What [#accumulate] has collected, by parameter, and those of which it has something.
  private final Map<Tensor, Tensor> sums = new HashMap<>();

  private final Set<Tensor> collected = new HashSet<>();

  /// @param scope where what is remembered lives, as long as the parameters
  /// @param squares whether a second moment is remembered beside the first
  Optimizer(Scope scope, boolean squares, Group... groups) {
    this.scope = scope;
    for (var group : groups) {
      var trained =
          group.parameters().stream()
              .filter(Parameter::trained)
              .map(p -> trained(p, squares))
              .toList();
      var all =
          group.parameters().stream().map(Parameter::value).map(Optimizer::asGradient).toList();
      this.groups.add(new State(group, trained, scope.zeros(Shape.scalar()), all));
    }
  }

  private Trained trained(Parameter p, boolean squares) {
    var shape = p.value().shape();
    return new Trained(p, scope.zeros(shape), squares ? scope.zeros(shape) : null);
  }

  private static Slot asGradient(Tensor value) {
    return new Slot(value.storage(), value.storage(), value.storage(), value.size(), 0);
  }

  /// Adds gradients to those of the next [#step(double)]. The first call takes memory for the sums.
  public void accumulate(Gradients gradients) {
    var pointwise = scope.kernels().pointwise();
    for (var state : groups) {
      for (var trained : state.trained) {
        var value = trained.parameter.value();
        var gradient = gradients.of(value);
        if (gradient != null) {
          var sum = sums.computeIfAbsent(value, v -> scope.allocate(v.shape()));
          if (collected.add(value)) {
            pointwise.copy(value.size(), gradient.storage(), sum.storage());
          } else {
            pointwise.axpy(value.size(), 1, gradient.storage(), sum.storage());
          }
        }
      }
    }
  }

  /// As [#step(Gradients, double)] with the sum of what was accumulated since the last update.
  public double step(double rate) {
    Source accumulated = value -> collected.contains(value) ? sums.get(value) : null;
    var norm = step(accumulated, rate);
    collected.clear();
    return norm;
  }

  /// Updates all parameters at learning rate `rate`; one that the loss does not depend on stays.
  ///
  /// @return the norm of the first group's gradient before clipping
  /// @throws NonFiniteException if a gradient's norm is not finite, before anything is updated; or
  ///     if a parameter is not, after the update
  public double step(Gradients gradients, double rate) {
    return step((Source) gradients::of, rate);
  }

  /// Where gradients are.
  @FunctionalInterface
  public interface Source {
    /// The gradient of a parameter, null if the loss does not depend on it.
    @Nullable Tensor of(Tensor parameter);
  }

  /// As [#step(Gradients, double)] with gradients that were computed elsewhere.
  public double step(Source gradients, double rate) {
    var update = scope.kernels().update();
    var slots = groups.stream().map(state -> slots(state, gradients)).toList();
    for (var i = 0; i < groups.size(); i++) {
      update.squaredNorm(slots.get(i), groups.get(i).squaredNorm.storage());
    }
    var norm = Math.sqrt(groups.getFirst().squaredNorm.item());
    for (var state : groups) {
      requireFinite(state, gradients);
    }
    begin();
    for (var i = 0; i < groups.size(); i++) {
      var state = groups.get(i);
      var maxNorm = state.group.maxNorm();
      var clip = maxNorm > 0 ? new Clip(state.squaredNorm.storage(), maxNorm) : null;
      update(update, slots.get(i), rate, clip);
    }
    for (var state : groups) {
      update.squaredNorm(state.all, state.squaredNorm.storage());
      if (!Double.isFinite(state.squaredNorm.item())) {
        requireFinite(state.group.parameters());
      }
    }
    return norm;
  }

  /// Moves values that are in none of the groups by the update that [#step] has made last.
  ///
  /// @param slots what is remembered of them is the caller's: a second moment, too, if this
  ///     optimiser has one
  public void move(List<Slot> slots, double rate) {
    update(scope.kernels().update(), slots, rate, null);
  }

  /// Begins an update, once the gradients are known to be finite.
  void begin() {}

  /// Updates a group.
  abstract void update(UpdateKernels kernels, List<Slot> slots, double rate, @Nullable Clip clip);

  /// The last of the network's gradients that is not finite was the first to be computed.
  private static void requireFinite(State state, Source gradients) {
    if (Double.isFinite(state.squaredNorm.item())) {
      return;
    }
    for (var trained : state.trained.reversed()) {
      var gradient = gradients.of(trained.parameter.value());
      if (gradient != null && NonFiniteException.find(gradient.toFloats()) >= 0) {
        throw new NonFiniteException(
            String.format(
                Locale.ROOT, "the gradient of %s is not finite", trained.parameter.name()));
      }
    }
    throw new NonFiniteException("the norm of the gradient is not finite");
  }

  /// A norm may overflow that is the sum of large numbers; these are looked at one by one.
  private static void requireFinite(List<Parameter> parameters) {
    for (var p : parameters) {
      if (NonFiniteException.find(p.value().toFloats()) >= 0) {
        throw new NonFiniteException(
            String.format(Locale.ROOT, "the update made %s infinite or NaN", p.name()));
      }
    }
  }

  private static List<Slot> slots(State state, Source gradients) {
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
                trained.squares == null ? null : trained.squares.storage(),
                value.size(),
                trained.parameter.decay() ? state.group.weightDecay() : 0));
      }
    }
    return slots;
  }

  /// What the optimiser remembers as parameters of their own, named after what they belong to, for
  /// a checkpoint.
  public List<Parameter> state() {
    return groups.stream()
        .flatMap(g -> g.trained.stream())
        .map(t -> new Parameter(t.parameter.name(), t.momentum, false, t.parameter.layout()))
        .toList();
  }

  /// The second moments in the same way.
  List<Parameter> squares() {
    return groups.stream()
        .flatMap(g -> g.trained.stream())
        .map(
            t ->
                new Parameter(
                    SQUARES + t.parameter.name(),
                    Objects.requireNonNull(t.squares),
                    false,
                    t.parameter.layout()))
        .toList();
  }
}
