package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.nn.Parameters;
import facet.nn.loss.DistributionDistillation.Past;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.HistogramKernels;
import java.util.ArrayList;
import java.util.List;

/// What the Distribution Distillation Loss remembers beyond a step, in tensors that a checkpoint
/// keeps: a queue of the last similarities of every branch and kind, and the distributions of a
/// teacher that is frozen.
///
/// - `loss.queue [2 branches · length]`: a ring for the positives of each branch, then one for the
///   negatives of each. What is not filled yet is marked as missing.
/// - `loss.pushed [1]`: how many similarities a ring has taken, less `length` whenever it is full
///   and at its end.
/// - `loss.teacher [2 · pairs]`: positives, then negatives.
public final class DdlMemory {
  private static final double MISSING = HistogramKernels.NO_SAMPLE;

  private final int n;
  private final int branches;
  private final int length;
  private final int pairs;
  private final Tensor queue;
  private final Tensor pushed;
  private final Tensor teacher;

  /// @param n similarities of a kind that a step adds for each branch
  /// @param branches the teacher and its students
  /// @param length of the queue, a multiple of `n`, 0 for none
  /// @param pairs of the frozen teacher, a multiple of `n`, 0 if the teacher is not frozen
  public DdlMemory(Parameters parameters, int n, int branches, int length, int pairs) {
    require(
        length % n == 0 && pairs % n == 0,
        "ddlMemory",
        "%s queued similarities and %s of the teacher must be multiples of %s",
        length,
        pairs,
        n);
    this.n = n;
    this.branches = branches;
    this.length = length;
    this.pairs = pairs;
    queue = parameters.constant("loss.queue", 2 * branches * length, MISSING);
    pushed = parameters.constant("loss.pushed", 1, 0);
    teacher = parameters.constant("loss.teacher", 2 * pairs, MISSING);
  }

  /// What the histograms of the next step count beside its similarities.
  List<Past> past() {
    var filled = Math.min((int) pushed.item(), length);
    var past = new ArrayList<Past>();
    for (var i = 0; i < 2 * branches; i++) {
      past.add(
          pairs > 0 && i % branches == 0
              ? Past.instead(teacher.view(i / branches * pairs, Shape.of(pairs)))
              : new Past(queue.view(i * length, Shape.of(length)), (n + filled) / (double) n));
    }
    return past;
  }

  /// Queues the similarities of a step in place of the oldest.
  ///
  /// @param similarities `[n]` each, of the positives of each branch, then of the negatives
  void push(Tensor... similarities) {
    if (length == 0) {
      return;
    }
    var before = (int) pushed.item();
    for (var i = 0; i < similarities.length; i++) {
      copy(similarities[i], queue, i * length + before % length);
    }
    var after = before + n;
    pushed.set((double) (after < 2 * length ? after : after - length));
  }

  /// How many steps of similarities a frozen teacher needs; 0 if it has them, or is not frozen.
  int lessons() {
    return pairs == 0 || teacher.view(2 * pairs - 1, Shape.scalar()).item() != MISSING
        ? 0
        : pairs / n;
  }

  /// Takes the teacher's similarities of one of the [#lessons], counted from 0.
  ///
  /// @param similarities as for [#push]
  void teach(int lesson, Tensor... similarities) {
    copy(similarities[0], teacher, lesson * n);
    copy(similarities[branches], teacher, pairs + lesson * n);
  }

  private void copy(Tensor from, Tensor to, int at) {
    var part = to.view(at, Shape.of(n));
    from.scope().kernels().pointwise().copy(n, from.storage(), part.storage());
  }
}
