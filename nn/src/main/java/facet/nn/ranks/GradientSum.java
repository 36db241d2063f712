package facet.nn.ranks;

import facet.tensor.Scope;
import facet.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The gradients of parameters that every rank has, summed over all shards in the order of
/// [ShardSum]. They travel in buckets of several parameters, those of the last layers first, as
/// backward finds them.
public final class GradientSum {
  /// Elements of a bucket, but for larger parameters.
  private static final int BUCKET = 1 << 20;

  private final Shards shards;
  private final Map<Tensor, Tensor> sums = new HashMap<>();
  private final List<Bucket> buckets = new ArrayList<>();

  /// Parameters whose gradients travel together.
  private static final class Bucket {
    private final List<Tensor> values = new ArrayList<>();
    private final ShardSum sum = new ShardSum();
    private int length;
  }

  /// @param scope where the sums live
  /// @param parameters in the order of the forward pass
  public GradientSum(Scope scope, Shards shards, List<Tensor> parameters) {
    this.shards = shards;
    for (var value : parameters.reversed()) {
      if (buckets.isEmpty() || buckets.getLast().length + value.size() > BUCKET) {
        buckets.add(new Bucket());
      }
      buckets.getLast().values.add(value);
      buckets.getLast().length += value.size();
      sums.put(value, scope.allocate(value.shape()));
    }
  }

  /// Begins a step.
  public void begin() {
    buckets.forEach(bucket -> bucket.sum.begin(shards.first()));
  }

  /// Adds the gradients of this rank's next shard.
  ///
  /// @param gradients where the gradient of a parameter is, null for 0
  public void add(Function<Tensor, @Nullable Tensor> gradients) {
    for (var bucket : buckets) {
      var values = bucket.sum.take(bucket.length);
      var at = 0;
      for (var value : bucket.values) {
        var gradient = gradients.apply(value);
        if (gradient == null) {
          Arrays.fill(values, at, at + value.size(), 0);
        } else {
          gradient.backend().read(gradient.storage(), values, at, value.size());
        }
        at += value.size();
      }
      bucket.sum.add(values);
    }
  }

  /// Sums over all ranks. Collective.
  public void finish() {
    for (var bucket : buckets) {
      var total = bucket.sum.total(shards, bucket.length);
      var at = 0;
      for (var value : bucket.values) {
        var sum = of(value);
        sum.backend().write(total, at, sum.storage(), value.size());
        at += value.size();
      }
    }
  }

  /// The sum of the gradients of a parameter, once finished.
  public Tensor of(Tensor parameter) {
    var sum = sums.get(parameter);
    if (sum == null) {
      throw new IllegalArgumentException("no parameter of this sum: " + parameter);
    }
    return sum;
  }
}
