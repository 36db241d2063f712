package facet.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Records the ops of one training step and runs them backward. It owns the step's activations:
///
/// ```java
/// try (var tape = Tape.on(backend)) {
///   var x = tape.of(Shape.of(2, 3), 1.0, 2, 3, 4, 5, 6);
///   var loss = x.matMul(w).plus(b).relu().mean();
///   var gradients = tape.backward(loss);
///   dw = gradients.of(w);
/// ```
///
/// A tape made by [#inference] records nothing and lets [#tidy] give memory back early.
public final class Tape extends Scope {
  private final boolean training;
  private final long seed;
  private final List<Node<?>> nodes = new ArrayList<>();
  private long draws;

  private Tape(Backend backend, boolean training, long seed) {
    super(backend);
    this.training = training;
    this.seed = seed;
  }

  /// A tape for training without randomness of its own.
  public static Tape on(Backend backend) {
    return new Tape(backend, true, 0);
  }

  /// A tape for a training step; `seed` decides the step's dropout masks.
  public static Tape training(Backend backend, long seed) {
    return new Tape(backend, true, seed);
  }

  /// A tape that only computes: nothing is recorded, layers behave as after training.
  public static Tape inference(Backend backend) {
    return new Tape(backend, false, 0);
  }

  /// A tape of its own for the same step, whose random ops draw what the next ones here will draw.
  public Tape beside() {
    var tape = new Tape(backend(), training, seed);
    tape.draws = draws;
    return tape;
  }

  /// Whether layers use batch statistics and dropout, and ops are recorded.
  public boolean training() {
    return training;
  }

  /// A new seed for each random op of the step, a pure function of the step's seed.
  public long nextSeed() {
    return seed * 0x9E3779B97F4A7C15L + ++draws;
  }

  /// Runs `op` and records it if an input requires a gradient.
  public <S> Tensor apply(Op<S> op, Tensor... in) {
    var requiresGrad = false;
    for (var x : in) {
      if (x.backend() != backend()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: an input %s is on %s, the tape on %s",
                op.name(),
                x.shape(),
                x.backend().name(),
                backend().name()));
      }
      if (x.node >= 0 && x.scope() != this) {
        throw new IllegalArgumentException(
            op.name() + ": an input " + x.shape() + " was computed on another tape");
      }
      requiresGrad |= x.requiresGrad();
    }
    var forward = op.forward(this, in);
    if (!training || !requiresGrad) {
      return forward.y();
    }
    var y = forward.y().recorded(this, nodes.size());
    nodes.add(new Node<>(op, forward.saved(), in.clone(), y));
    return y;
  }

  /// On an inference tape as [Scope#tidy]; in training backward still needs what `body` computed.
  @Override
  public Tensor tidy(Supplier<Tensor> body) {
    return training ? body.get() : super.tidy(body);
  }

  /// Names the first recorded op with a result that is infinite or not a number, such as
  /// `op 12, batchNorm [32, 56, 56, 64]`; null if all are finite. It reads every activation: for
  /// finding out why a loss is not finite.
  public @Nullable String firstNonFinite() {
    for (var i = 0; i < nodes.size(); i++) {
      for (var value : nodes.get(i).y().toFloats()) {
        if (!Float.isFinite(value)) {
          return String.format(
              Locale.ROOT,
              "op %d, %s %s",
              i + 1,
              nodes.get(i).op().name(),
              nodes.get(i).y().shape());
        }
      }
    }
    return null;
  }

  /// The gradients of the scalar `loss` for all leaves that require one. Intermediate gradients are
  /// given back as soon as their node is done.
  public Gradients backward(Tensor loss) {
    return backward(loss, seedOf(loss), false, null);
  }

  /// As [#backward(Tensor)], and gives every result but the loss back, too, as soon as its node is
  /// done: gradients then reuse the memory of activations. No other pass can follow.
  public Gradients lastBackward(Tensor loss) {
    return backward(loss, seedOf(loss), true, null);
  }

  /// As [#lastBackward(Tensor)] from the gradient `dy` of any result `y`.
  ///
  /// @param arrivals hears of the gradients of leaves, each as soon as nothing is added to it
  public Gradients lastBackward(Tensor y, Tensor dy, Arrivals arrivals) {
    return backward(y, dy, true, arrivals);
  }

  /// Hears of gradients while the pass computes those of the layers before.
  @FunctionalInterface
  public interface Arrivals {
    /// @param gradient of `leaf`, which lives as long as the tape
    void arrived(Tensor leaf, Tensor gradient);
  }

  private Tensor seedOf(Tensor loss) {
    if (loss.size() != 1) {
      throw new ShapeException("backward: the loss is " + loss.shape() + ", not a scalar [1]");
    }
    return full(loss.shape(), 1);
  }

  /// The vector-Jacobian product: gradients of `sum(y * dy)`.
  public Gradients backward(Tensor y, Tensor dy) {
    return backward(y, dy, false, null);
  }

  private Gradients backward(Tensor y, Tensor dy, boolean last, @Nullable Arrivals arrivals) {
    if (y.node < 0 || y.scope() != this) {
      throw new IllegalStateException(
          "backward: " + y.shape() + " does not depend on anything that requires a gradient");
    }
    if (!dy.shape().equals(y.shape())) {
      throw new ShapeException(
          "backward: the gradient of " + y.shape() + " is given as " + dy.shape());
    }
    var slots = new GradientSlots(this, y.node, dy.pool() == y.pool() ? dy : converted(dy, y));
    var first = arrivals == null ? null : firstUses(y.node);
    for (var id = y.node; id >= 0; id--) {
      var node = nodes.get(id);
      var gradient = slots.of(id);
      if (gradient != null) {
        node.propagate(this, gradient, slots);
        slots.clear(id);
      }
      if (last && id < y.node && !node.isView()) {
        // All who read this result are done: the nodes behind it, and its own backward.
        slots.releaseResult(node.y());
      }
      if (first != null) {
        slots.announce(first.get(id), Objects.requireNonNull(arrivals));
      }
    }
    return slots.finish();
  }

  /// The leaves that gradients arrive for, by the first node that uses them: the last in backward.
  private List<List<Tensor>> firstUses(int end) {
    var seen = Collections.newSetFromMap(new IdentityHashMap<Tensor, Boolean>());
    var first = new ArrayList<List<Tensor>>();
    for (var node : nodes.subList(0, end + 1)) {
      first.add(
          Arrays.stream(node.in)
              .filter(x -> x.node < 0 && x.requiresGrad() && seen.add(x))
              .toList());
    }
    return first;
  }

  /// A copy of `dy` in the element type of `y`.
  private Tensor converted(Tensor dy, Tensor y) {
    var copy = like(y);
    kernels().pointwise().copy(dy.size(), dy.storage(), copy.storage());
    return copy;
  }

  @Override
  public Tensor inPlaceOf(Tensor dy) {
    return GradientSlots.mayOverwrite(this, dy) ? dy : super.inPlaceOf(dy);
  }

  /// One application of an op.
  private record Node<S>(Op<S> op, S saved, Tensor[] in, Tensor y) {
    /// Whether the result shares the memory of an input.
    boolean isView() {
      for (var x : in) {
        if (x.owner() == y.owner()) {
          return true;
        }
      }
      return false;
    }

    /// Computes the gradients of the inputs that need one from `dy`, that of the result.
    void propagate(Scope scope, Tensor dy, GradientSlots slots) {
      var grads = op.backward(scope, saved, dy);
      if (grads.count() != in.length) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "%s: backward returns %d gradients for %d inputs",
                op.name(),
                grads.count(),
                in.length));
      }
      for (var i = 0; i < in.length; i++) {
        if (in[i].requiresGrad()) {
          var gradient = grads.get(i);
          if (!grads.isPart() && !gradient.shape().equals(in[i].shape())) {
            throw new IllegalStateException(
                String.format(
                    Locale.ROOT,
                    "%s: backward returns %s for input %d of shape %s",
                    op.name(),
                    gradient.shape(),
                    i,
                    in[i].shape()));
          }
          if (gradient.pool() != in[i].pool()) {
            throw new IllegalStateException(
                String.format(
                    Locale.ROOT,
                    "%s: backward returns the gradient of input %d, %s, in another element type",
                    op.name(),
                    i,
                    in[i].shape()));
          }
          if (grads.isPart()) {
            slots.addPart(in[i], grads.offset(), gradient);
          } else {
            slots.add(in[i], gradient);
          }
        }
      }
    }
  }
}
