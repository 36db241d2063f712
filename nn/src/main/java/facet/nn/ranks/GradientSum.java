package facet.nn.ranks;

import facet.tensor.Scope;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The gradients of parameters that every rank has, summed over all shards in the order of
/// [ShardSum]. They travel in buckets of several parameters, those of the last layers first, as
/// backward finds them: while it computes the layers before, a thread sums the buckets that this
/// rank's last shard has completed, one after the other and on all ranks in the same order.
///
/// From a rank's last [#arrived] on until [#finish] that thread alone may use the communicator.
public final class GradientSum implements Tape.Arrivals {
  /// Elements of a bucket, but for larger parameters.
  private static final int BUCKET = 1 << 20;

  private static final Future<float[]> NOTHING = CompletableFuture.completedFuture(new float[0]);

  private final Shards shards;
  private final Map<Tensor, Tensor> sums = new HashMap<>();
  private final Map<Tensor, Bucket> bucketOf = new HashMap<>();
  private final List<Bucket> buckets = new ArrayList<>();
  private final ExecutorService messenger;
  private int added; // shards of this rank
  private int sent; // buckets
  private long waited;

  /// Parameters whose gradients travel together.
  private static final class Bucket {
    private final List<Tensor> values = new ArrayList<>();
    private final Map<Tensor, Tensor> gradients = new HashMap<>(); // of the shard
    private final ShardSum sum;
    private int length;
    private int added; // shards
    private Future<float[]> total = NOTHING;

    Bucket(MessageMemory memory) {
      sum = new ShardSum(memory);
    }
  }

  /// @param scope where the sums live
  /// @param parameters in the order of the forward pass
  public GradientSum(Scope scope, Shards shards, List<Tensor> parameters) {
    this.shards = shards;
    var memory = new MessageMemory();
    for (var value : parameters.reversed()) {
      if (buckets.isEmpty() || buckets.getLast().length + value.size() > BUCKET) {
        buckets.add(new Bucket(memory));
      }
      buckets.getLast().values.add(value);
      buckets.getLast().length += value.size();
      bucketOf.put(value, buckets.getLast());
      sums.put(value, scope.allocate(value.shape()));
    }
    messenger = messenger();
  }

  /// A thread that ends when it has had nothing to do for a while.
  private static ExecutorService messenger() {
    var thread = Thread.ofPlatform().daemon().name("facet-gradients").factory();
    var pool =
        new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), thread);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /// Begins a step.
  public void begin() {
    buckets.forEach(
        bucket -> {
          bucket.sum.begin(shards.first());
          bucket.gradients.clear();
          bucket.added = 0;
        });
    added = 0;
    sent = 0;
  }

  /// Takes a gradient of this rank's next shard.
  @Override
  public void arrived(Tensor parameter, Tensor gradient) {
    var bucket = bucketOf.get(parameter);
    if (bucket == null) {
      return;
    }
    bucket.gradients.put(parameter, gradient);
    if (bucket.gradients.size() == bucket.values.size()) {
      add(bucket);
    }
  }

  /// Ends the shard: what has not arrived is 0.
  public void endShard() {
    for (var bucket : buckets) {
      if (bucket.added == added) {
        add(bucket);
      }
    }
    added++;
  }

  private void add(Bucket bucket) {
    var values = bucket.sum.take(bucket.length);
    var at = 0;
    for (var value : bucket.values) {
      var gradient = bucket.gradients.get(value);
      if (gradient == null) {
        Arrays.fill(values, at, at + value.size(), 0);
      } else {
        gradient.backend().read(gradient.storage(), values, at, value.size());
      }
      at += value.size();
    }
    bucket.gradients.clear();
    bucket.sum.add(values);
    bucket.added++;
    send();
  }

  /// Sends the buckets that are complete, in their order.
  private void send() {
    while (sent < buckets.size() && buckets.get(sent).added == shards.own()) {
      var bucket = buckets.get(sent++);
      bucket.total =
          shards.ranks().size() == 1
              ? CompletableFuture.completedFuture(bucket.sum.total(shards, bucket.length))
              : messenger.submit(() -> bucket.sum.total(shards, bucket.length));
    }
  }

  /// Waits for the sums over all ranks.
  public void finish() {
    for (var bucket : buckets) {
      var begun = System.nanoTime();
      var total = get(bucket.total);
      waited += System.nanoTime() - begun;
      var at = 0;
      for (var value : bucket.values) {
        var sum = of(value);
        sum.backend().write(total, at, sum.storage(), value.size());
        at += value.size();
      }
    }
  }

  private static float[] get(Future<float[]> total) {
    try {
      return total.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException problem) {
        throw problem; // as if it had happened here
      }
      throw new IllegalStateException("gradients could not be summed over ranks", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while summing gradients over ranks", e);
    }
  }

  /// Seconds that [#finish] has waited since this was last asked.
  public double takeWaited() {
    var seconds = waited * 1e-9;
    waited = 0;
    return seconds;
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
