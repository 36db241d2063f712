package facet.train.data;

import static facet.train.error.Printable.format;

import facet.train.data.image.UnreadableException;
import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A pass over a dataset that finds out which images can be decoded: workers take the next index
/// until none is left.
public final class ImageScan {
  /// What the scan found: how many images were tried, and the message of each that failed.
  public record Outcome(int scanned, List<String> corrupt) {
    public Outcome {
      corrupt = List.copyOf(corrupt);
    }

    /// For the log: `scanned 6,300 images, 2 cannot be used`.
    public String describe() {
      return format("scanned %,d images, %,d cannot be used", scanned, corrupt.size());
    }
  }

  private static final int PROGRESS_MILLIS = 100;

  private final FaceDataset source;
  private final int size;
  private final byte @Nullable [][] pixels;
  private final ConcurrentSkipListMap<Integer, String> corrupt = new ConcurrentSkipListMap<>();
  private volatile boolean unread;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();

  private ImageScan(FaceDataset source, int size, boolean keeps) {
    this.source = source;
    this.size = size;
    this.pixels = keeps ? new byte[source.size()][] : null;
  }

  /// Decodes all of `source` with `threads` threads, and keeps the pixels if asked to.
  public static ImageScan of(
      FaceDataset source, int size, boolean keeps, int threads, CachedDataset.Progress progress) {
    var scan = new ImageScan(source, size, keeps);
    scan.run(threads, progress);
    return scan;
  }

  /// The scan of an earlier run, which found this.
  public static ImageScan known(FaceDataset source, int size, Map<Integer, String> corrupt) {
    var scan = new ImageScan(source, size, false);
    scan.corrupt.putAll(corrupt);
    return scan;
  }

  /// Whether what was found is so for good: nothing failed to be read that might be another time.
  boolean isFinal() {
    return !unread;
  }

  /// The messages of the images that cannot be used, by number.
  public Map<Integer, String> corrupt() {
    return corrupt;
  }

  private void run(int threads, CachedDataset.Progress progress) {
    try (var pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("facet-scan-", 1).factory())) {
      try {
        var workers = new ArrayList<Future<?>>();
        for (int i = 0; i < threads; i++) {
          workers.add(pool.submit(this::work));
        }
        for (var worker : workers) {
          await(worker, progress);
        }
        progress.update(done.get(), source.size());
      } finally {
        next.set(source.size()); // workers that still run stop after their image
      }
    }
  }

  private void await(Future<?> worker, CachedDataset.Progress progress) {
    while (true) {
      try {
        worker.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        progress.update(done.get(), source.size());
      } catch (ExecutionException e) {
        throw Failures.rethrow(e.getCause());
      } catch (InterruptedException e) {
        throw Failures.interrupted("scanning the images");
      }
    }
  }

  private void work() {
    var rgb = new byte[3 * size * size];
    for (int i = next.getAndIncrement(); i < source.size(); i = next.getAndIncrement()) {
      try {
        source.load(i, size, rgb);
        if (pixels != null) {
          pixels[i] = rgb.clone();
        }
      } catch (FacetException e) {
        if (e instanceof UnreadableException) {
          unread = true;
        }
        corrupt.put(i, String.valueOf(e.getMessage()));
      }
      done.incrementAndGet();
    }
  }

  public Outcome report() {
    return new Outcome(source.size(), List.copyOf(corrupt.values()));
  }

  /// The images that can be used, from memory.
  public CachedDataset cached(int maxCorrupt) {
    var kept = kept(maxCorrupt);
    var all = pixels;
    if (all == null) {
      throw new IllegalStateException("the scan did not keep the pixels");
    }
    return new CachedDataset(
        size,
        Subset.renumbered(source, kept),
        Arrays.stream(kept).mapToObj(i -> all[i]).toList(),
        report());
  }

  /// The images that can be used, to be decoded when they are asked for.
  ///
  /// @param replaces whether one that goes bad later is replaced by another of its person
  public FaceDataset checked(int maxCorrupt, boolean replaces, Consumer<String> log) {
    var kept = kept(maxCorrupt);
    return new CheckedDataset(source, kept, replaces, log);
  }

  private int[] kept(int maxCorrupt) {
    if (corrupt.size() > maxCorrupt || corrupt.size() == source.size()) {
      throw tooManyCorrupt(report());
    }
    return IntStream.range(0, source.size()).filter(i -> !corrupt.containsKey(i)).toArray();
  }

  private static FacetException tooManyCorrupt(Outcome report) {
    return FacetException.data(
        format(
                "%,d images (of %,d) cannot be used; replace or remove them, or leave them out"
                    + " with",
                report.corrupt().size(), report.scanned())
            + " --skip-corrupt:\n  "
            + Listing.of(report.corrupt(), "\n  "));
  }
}
