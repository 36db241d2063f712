package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.UpdateKernels;
import java.util.List;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The optimiser's sweep: all parameters are cut into blocks, the blocks are shared out evenly, so
/// that one large tensor does not keep the other threads waiting.
final class VectorUpdate implements UpdateKernels {
  private static final int BLOCK = 4096;

  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;
  private double[] partial = {};

  VectorUpdate(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
  }

  /// Work on the `length` elements of `slot` from `from` on.
  @FunctionalInterface
  private interface Body {
    void run(Slot slot, int from, int length, int block, int worker);
  }

  /// Runs `body` for every block of every slot and returns the number of blocks.
  private int forEachBlock(List<Slot> slots, Body body) {
    int blocks = 0;
    for (int i = 0; i < slots.size(); i++) {
      blocks += blocks(slots.get(i));
    }
    workers.forEach(
        blocks,
        (from, to, worker) -> {
          int first = 0;
          for (int i = 0; i < slots.size() && first < to; i++) {
            var slot = slots.get(i);
            var end = Math.min(first + blocks(slot), to);
            for (int block = Math.max(first, from); block < end; block++) {
              var at = (block - first) * BLOCK;
              body.run(slot, at, Math.min(BLOCK, slot.length() - at), block, worker);
            }
            first += blocks(slot);
          }
        });
    return blocks;
  }

  private static int blocks(Slot slot) {
    return (int) (((long) slot.length() + BLOCK - 1) / BLOCK);
  }

  @Override
  public void squaredNorm(List<Slot> slots, Storage y) {
    reservePartial(slots);
    var blocks =
        forEachBlock(
            slots,
            (slot, from, length, block, worker) -> {
              var g = FloatStorage.of(slot.gradient());
              partial[block] = sums.squares(g.array(), g.offset() + from, length, worker);
            });
    var total = 0.0;
    for (int i = 0; i < blocks; i++) {
      total += partial[i];
    }
    var out = FloatStorage.of(y);
    out.array()[out.offset()] = (float) total;
  }

  private void reservePartial(List<Slot> slots) {
    int blocks = 0;
    for (int i = 0; i < slots.size(); i++) {
      blocks += blocks(slots.get(i));
    }
    if (partial.length < blocks) {
      partial = new double[blocks];
    }
  }

  @Override
  public void sgd(List<Slot> slots, Step step) {
    var rate = (float) step.rate();
    var momentum = (float) step.momentum();
    var factor = clipFactor(step.clip());
    forEachBlock(
        slots,
        (slot, from, length, block, worker) -> sgd(slot, from, length, rate, momentum, factor));
  }

  private static float clipFactor(@Nullable Clip clip) {
    if (clip == null) {
      return 1;
    }
    var squared = FloatStorage.of(clip.squaredNorm());
    var norm = Math.sqrt(squared.array()[squared.offset()]);
    return (float) Math.min(1, clip.maxNorm() / (norm + 1e-6));
  }

  private void sgd(Slot slot, int from, int length, float rate, float momentum, float factor) {
    var s = lanes.floats();
    var value = FloatStorage.of(slot.value());
    var gradient = FloatStorage.of(slot.gradient());
    var velocity = FloatStorage.of(slot.momentum());
    var wo = value.offset() + from;
    var go = gradient.offset() + from;
    var vo = velocity.offset() + from;
    var decay = (float) slot.weightDecay();
    var decays = FloatVector.broadcast(s, decay);
    var momentums = FloatVector.broadcast(s, momentum);
    var rates = FloatVector.broadcast(s, -rate);
    int i = 0;
    for (; i <= length - s.length(); i += s.length()) {
      var w = FloatVector.fromArray(s, value.array(), wo + i);
      var g = FloatVector.fromArray(s, gradient.array(), go + i).mul(factor);
      var v = FloatVector.fromArray(s, velocity.array(), vo + i);
      v = v.fma(momentums, w.fma(decays, g));
      v.intoArray(velocity.array(), vo + i);
      v.fma(rates, w).intoArray(value.array(), wo + i);
    }
    for (; i < length; i++) {
      var w = value.array()[wo + i];
      var g = gradient.array()[go + i] * factor;
      var v = Math.fma(velocity.array()[vo + i], momentum, Math.fma(w, decay, g));
      velocity.array()[vo + i] = v;
      value.array()[wo + i] = Math.fma(v, -rate, w);
    }
  }

  @Override
  public void adamW(List<Slot> slots, AdamStep step) {
    var clipping = clipFactor(step.clip());
    var factor = (float) step.factor();
    var shift = (float) step.shift();
    forEachBlock(
        slots,
        (slot, from, length, block, worker) ->
            adamW(slot, from, length, step, clipping, factor, shift));
  }

  private void adamW(
      Slot slot, int from, int length, AdamStep step, float clipping, float factor, float shift) {
    var s = lanes.floats();
    var value = FloatStorage.of(slot.value());
    var gradient = FloatStorage.of(slot.gradient());
    var first = FloatStorage.of(slot.momentum());
    var second = FloatStorage.of(Objects.requireNonNull(slot.squares()));
    var beta1 = (float) step.beta1();
    var beta2 = (float) step.beta2();
    var fresh1 = (float) (1 - step.beta1());
    var fresh2 = (float) (1 - step.beta2());
    var kept = (float) (1 - step.rate() * slot.weightDecay());
    var wo = value.offset() + from;
    var go = gradient.offset() + from;
    var mo = first.offset() + from;
    var vo = second.offset() + from;
    int i = 0;
    for (; i <= length - s.length(); i += s.length()) {
      var g = FloatVector.fromArray(s, gradient.array(), go + i).mul(clipping);
      var m = FloatVector.fromArray(s, first.array(), mo + i).mul(beta1).add(g.mul(fresh1));
      var v = FloatVector.fromArray(s, second.array(), vo + i).mul(beta2).add(g.mul(g).mul(fresh2));
      m.intoArray(first.array(), mo + i);
      v.intoArray(second.array(), vo + i);
      var change = m.mul(factor).div(v.sqrt().add(shift));
      FloatVector.fromArray(s, value.array(), wo + i)
          .mul(kept)
          .sub(change)
          .intoArray(value.array(), wo + i);
    }
    for (; i < length; i++) {
      var g = gradient.array()[go + i] * clipping;
      var m = first.array()[mo + i] * beta1 + g * fresh1;
      var v = second.array()[vo + i] * beta2 + g * g * fresh2;
      first.array()[mo + i] = m;
      second.array()[vo + i] = v;
      var change = m * factor / ((float) Math.sqrt(v) + shift);
      value.array()[wo + i] = value.array()[wo + i] * kept - change;
    }
  }
}
