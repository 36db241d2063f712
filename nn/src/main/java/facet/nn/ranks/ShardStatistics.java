package facet.nn.ranks;

import facet.tensor.Tensor;
import java.util.List;

/// Running statistics that every shard's forward pass moves: each starts from those of the step
/// before, and the mean over shards of where they went is the next step's. That of the shards'
/// batches, since a step moves them by a share of its own.
public final class ShardStatistics {
  private final Shards shards;
  private final List<Tensor> values;
  private final ShardSum sum = new ShardSum();
  private final float[] before;

  /// @param values what moves; what does not move stays as it is
  public ShardStatistics(Shards shards, List<Tensor> values) {
    this.shards = shards;
    this.values = List.copyOf(values);
    before = new float[values.stream().mapToInt(Tensor::size).sum()];
  }

  /// Begins a step.
  public void begin() {
    sum.begin(shards.first());
    read(before);
  }

  /// Takes what the forward pass of this rank's next shard has moved, and puts it back.
  public void add() {
    var moved = sum.take(before.length);
    read(moved);
    for (var i = 0; i < moved.length; i++) {
      moved[i] -= before[i];
    }
    sum.add(moved);
    write(before);
  }

  /// Moves them by the mean over shards. Collective.
  public void finish() {
    var total = sum.total(shards, before.length);
    for (var i = 0; i < before.length; i++) {
      before[i] += total[i] / shards.count();
    }
    write(before);
  }

  private void read(float[] target) {
    var at = 0;
    for (var value : values) {
      value.backend().read(value.storage(), target, at, value.size());
      at += value.size();
    }
  }

  private void write(float[] source) {
    var at = 0;
    for (var value : values) {
      value.backend().write(source, at, value.storage(), value.size());
      at += value.size();
    }
  }
}
