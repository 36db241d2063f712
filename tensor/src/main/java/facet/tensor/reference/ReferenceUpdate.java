package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.UpdateKernels;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// [UpdateKernels], one element after the other.
final class ReferenceUpdate implements UpdateKernels {
  @Override
  public void squaredNorm(List<Slot> slots, Storage y) {
    var sum = 0.0;
    for (var slot : slots) {
      var gradient = DoubleStorage.of(slot.gradient());
      for (var i = 0; i < slot.length(); i++) {
        sum += gradient.get(i) * gradient.get(i);
      }
    }
    DoubleStorage.of(y).set(0, sum);
  }

  @Override
  public void sgd(List<Slot> slots, Step step) {
    var clipping = clipping(step.clip());
    for (var slot : slots) {
      var w = DoubleStorage.of(slot.value());
      var gradient = DoubleStorage.of(slot.gradient());
      var v = DoubleStorage.of(slot.momentum());
      for (var i = 0; i < slot.length(); i++) {
        var g = clipping * gradient.get(i);
        v.set(i, step.momentum() * v.get(i) + g + slot.weightDecay() * w.get(i));
        w.add(i, -step.rate() * v.get(i));
      }
    }
  }

  private static double clipping(@Nullable Clip clip) {
    if (clip == null) {
      return 1;
    }
    var norm = Math.sqrt(DoubleStorage.of(clip.squaredNorm()).get(0));
    return Math.min(1, clip.maxNorm() / (norm + 1e-6));
  }

  @Override
  public void adamW(List<Slot> slots, AdamStep step) {
    var clipping = clipping(step.clip());
    for (var slot : slots) {
      var w = DoubleStorage.of(slot.value());
      var gradient = DoubleStorage.of(slot.gradient());
      var m = DoubleStorage.of(slot.momentum());
      var v = DoubleStorage.of(Objects.requireNonNull(slot.squares()));
      for (var i = 0; i < slot.length(); i++) {
        var g = clipping * gradient.get(i);
        m.set(i, step.beta1() * m.get(i) + (1 - step.beta1()) * g);
        v.set(i, step.beta2() * v.get(i) + (1 - step.beta2()) * g * g);
        var change = step.factor() * m.get(i) / (Math.sqrt(v.get(i)) + step.shift());
        w.set(i, (1 - step.rate() * slot.weightDecay()) * w.get(i) - change);
      }
    }
  }
}
