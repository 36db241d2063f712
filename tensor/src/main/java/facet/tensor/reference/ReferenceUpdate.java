package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.UpdateKernels;
import java.util.List;

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
    var clip = step.clip();
    var clipping = 1.0;
    if (clip != null) {
      var norm = Math.sqrt(DoubleStorage.of(clip.squaredNorm()).get(0));
      clipping = Math.min(1, clip.maxNorm() / (norm + 1e-6));
    }
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
}
