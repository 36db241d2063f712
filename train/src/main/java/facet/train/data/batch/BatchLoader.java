package facet.train.data.batch;

import facet.train.data.FaceDataset;
import facet.train.data.Failures;
import facet.train.data.RandomStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Prepares the next batches in the background while the network trains on the current one, and
/// hands them out strictly in order, epoch after epoch without end.
///
/// The batch at (epoch, step) is the same whatever the number of threads and wherever loading
/// began. All buffers are made at the start: one for each batch ahead and one for the trainer. To
/// be used by one thread.
public final class BatchLoader implements AutoCloseable {
  private final FaceDataset data;
  private final Sampler sampler;
  private final Augmentation augmentation;
  private final int size;
  private final ShardRange part;
  private final RandomStream random;
  private final ExecutorService pool;
  private final Deque<Future<Batch>> pending = new ArrayDeque<>();
  private @Nullable Batch lent;
  private long nextNumber; // of the next batch to prepare, counted over epochs

  /// What to load: batches of `data` chosen by `sampler`, varied by `augmentation`, at `size x
  /// size`; `seed` governs the augmentation.
  public record Source(
      FaceDataset data, Sampler sampler, Augmentation augmentation, int size, long seed) {}

  /// Prepares whole batches.
  public BatchLoader(Source source, int epoch, int step, int ahead, int threads) {
    this(source, ShardRange.WHOLE, epoch, step, ahead, threads);
  }

  /// Begins at (epoch, step), keeping `ahead` batches in preparation on `threads` threads.
  ///
  /// @param part of each batch whose images are prepared; its labels are those of all
  public BatchLoader(Source source, ShardRange part, int epoch, int step, int ahead, int threads) {
    if (ahead < 1 || threads < 1) {
      throw new IllegalArgumentException(ahead + " batches ahead, " + threads + " threads");
    }
    data = source.data();
    sampler = source.sampler();
    augmentation = source.augmentation();
    size = source.size();
    this.part = part;
    random = new RandomStream(source.seed());
    nextNumber = (long) epoch * sampler.stepsPerEpoch() + step;
    pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("facet-data-", 1).factory());
    for (int i = 0; i < ahead; i++) {
      prepare(batch());
    }
    lent = batch();
  }

  private Batch batch() {
    return new Batch(sampler.batchSize(), part.images(sampler.batchSize()), size);
  }

  /// The next batch, waiting for it if need be; the one before is given back for reuse.
  ///
  /// @throws facet.train.error.FacetException naming the image if one of the batch cannot be
  ///     decoded
  public Batch next() {
    if (pool.isShutdown()) {
      throw new IllegalStateException("the loader is closed");
    }
    if (lent != null) {
      prepare(lent);
      lent = null;
    }
    try {
      lent = pending.getFirst().get();
      pending.removeFirst();
      return lent;
    } catch (ExecutionException e) {
      close();
      throw Failures.rethrow(e.getCause());
    } catch (InterruptedException e) {
      throw Failures.interrupted("waiting for data");
    }
  }

  private void prepare(Batch batch) {
    batch.place(
        (int) (nextNumber / sampler.stepsPerEpoch()), (int) (nextNumber % sampler.stepsPerEpoch()));
    nextNumber++;
    pending.addLast(pool.submit(() -> fill(batch)));
  }

  private Batch fill(Batch batch) throws InterruptedException {
    sampler.batch(batch.epoch(), batch.step(), batch.items());
    RandomStream epoch = random.at(batch.epoch());
    int pixels = 3 * size * size;
    var rgb = new byte[pixels];
    for (int i = 0; i < sampler.batchSize(); i++) {
      batch.labels()[i] = data.item(batch.items()[i]).identity();
    }
    int to = 0;
    for (int i : part.positions(sampler.batchSize())) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      data.load(batch.items()[i], size, rgb);
      long position = (long) batch.step() * sampler.batchSize() + i;
      augmentation.apply(rgb, size, epoch.at(position), batch.images(), to++ * pixels);
    }
    return batch;
  }

  /// Stops the background work; returns within the time of one image.
  @Override
  public void close() {
    pool.shutdownNow();
    try {
      pool.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
