package facet.tensor;

import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The gradients of one backward pass, each in a slot until it is used: one slot for every recorded
/// result, one for every leaf. What arrives in the same slot is added up.
///
/// This class also decides who owns a gradient's memory. An op may return `dy` itself or a view of
/// it, so several slots can hold the same memory; [Tensor#holders] counts them. Memory that
///
/// - no slot holds goes back to the pool, if the tape took it from there;
/// - one slot holds may be overwritten, to add to it or to put the next gradient in its place;
/// - several slots hold may only be read.
///
/// The gradient that a pass starts from belongs to the caller: it counts as held until the pass
/// ends. The leaves' slots are the result of the pass and stay held as long as the tape is open.
final class GradientSlots {
  private final Tape tape;
  private final @Nullable Tensor[] results;
  private final IdentityHashMap<Tensor, Tensor> leaves = new IdentityHashMap<>();
  private final Tensor start;

  /// Begins a pass at the result of node `node` with its gradient `dy`.
  GradientSlots(Tape tape, int node, Tensor dy) {
    this.tape = tape;
    this.results = new Tensor[node + 1];
    this.start = hold(dy);
    results[node] = hold(dy);
  }

  /// The gradient of the result of `node`; null if nothing has arrived.
  @Nullable Tensor of(int node) {
    return results[node];
  }

  /// Adds a gradient of `input`, a recorded result or a leaf.
  void add(Tensor input, Tensor gradient) {
    var before = get(input);
    put(input, before == null ? hold(gradient) : sum(before, gradient));
  }

  /// Adds a gradient of the elements of `input` from `offset` on.
  void addPart(Tensor input, int offset, Tensor gradient) {
    var before = get(input);
    var sum = before == null ? hold(zeros(input)) : own(before);
    put(input, sum);
    var n = gradient.size();
    var part = sum.view(offset, gradient.shape());
    tape.kernels().pointwise().axpy(n, 1, gradient.storage(), part.storage());
  }

  private @Nullable Tensor get(Tensor input) {
    return input.node < 0 ? leaves.get(input) : results[input.node];
  }

  private void put(Tensor input, Tensor gradient) {
    if (input.node < 0) {
      leaves.put(input, gradient);
    } else {
      results[input.node] = gradient;
    }
  }

  /// Empties the slot of `node`.
  void clear(int node) {
    var gradient = results[node];
    results[node] = null;
    if (gradient != null) {
      letGo(gradient);
    }
  }

  /// Tells of the gradients of leaves that are complete.
  void announce(List<Tensor> complete, Tape.Arrivals arrivals) {
    for (var leaf : complete) {
      var gradient = leaves.get(leaf);
      if (gradient != null) {
        arrivals.arrived(leaf, gradient);
      }
    }
  }

  /// Ends the pass.
  Gradients finish() {
    start.owner().holders--;
    return new Gradients(leaves);
  }

  /// Whether the gradient `dy` may be overwritten by the op that is given it.
  static boolean mayOverwrite(Tape tape, Tensor dy) {
    return dy.owner().scope() == tape && dy.owner().holders == 1;
  }

  /// Gives the memory of a recorded result back, unless it is that of a gradient, too.
  void releaseResult(Tensor y) {
    discard(y);
  }

  private Tensor sum(Tensor before, Tensor gradient) {
    var pointwise = tape.kernels().pointwise();
    var n = before.size();
    if (before.owner().holders == 1 && before.owner() != gradient.owner()) {
      pointwise.axpy(n, 1, gradient.storage(), before.storage());
      discard(gradient);
      return before;
    }
    var sum = hold(tape.like(before));
    pointwise.add(n, before.storage(), gradient.storage(), sum.storage());
    letGo(before);
    discard(gradient);
    return sum;
  }

  private Tensor zeros(Tensor input) {
    var zeros = tape.like(input);
    tape.kernels().pointwise().fill(zeros.size(), 0, zeros.storage());
    return zeros;
  }

  /// The gradient of a slot in memory that no other slot holds.
  private Tensor own(Tensor before) {
    if (before.owner().holders == 1) {
      return before;
    }
    var copy = hold(tape.like(before));
    tape.kernels().pointwise().copy(before.size(), before.storage(), copy.storage());
    letGo(before);
    return copy;
  }

  private static Tensor hold(Tensor gradient) {
    gradient.owner().holders++;
    return gradient;
  }

  private void letGo(Tensor gradient) {
    gradient.owner().holders--;
    discard(gradient);
  }

  private void discard(Tensor tensor) {
    if (tensor.owner().holders == 0 && tensor.owner().scope() == tape) {
      tape.release(tensor.owner());
    }
  }
}
