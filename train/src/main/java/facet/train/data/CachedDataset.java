package facet.train.data;

import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/// Every image of another dataset, decoded once and kept as bytes at the size of training: 6,300
/// images at 56 x 56 take 59 MB. Filling it is also the check that every image can be decoded.
public final class CachedDataset implements FaceDataset {
  /// Told from time to time how far the scan is, on the thread that asked for it; what it throws
  /// ends the scan.
  @FunctionalInterface
  public interface Progress {
    void update(int done, int total);
  }

  /// What the scan found: how many images were tried, and the message of each that failed.
  public record Report(int scanned, List<String> corrupt) {
    public Report {
      corrupt = List.copyOf(corrupt);
    }

    /// For the log: `scanned 6,300 images, 2 cannot be used`.
    public String describe() {
      return String.format(
          Locale.ROOT, "scanned %,d images, %,d cannot be used", scanned, corrupt.size());
    }
  }

  private static final int PROGRESS_MILLIS = 100;

  private final int size;
  private final List<Item> items;
  private final int identities;
  private final List<byte[]> pixels;
  private final Report report;

  private CachedDataset(int size, List<Item> items, List<byte[]> pixels, Report report) {
    this.size = size;
    this.items = items;
    this.identities = items.stream().mapToInt(Item::identity).max().orElse(-1) + 1;
    this.pixels = pixels;
    this.report = report;
  }

  /// The memory that the images of `source` take at `size x size`.
  public static long bytesNeeded(FaceDataset source, int size) {
    return 3L * size * size * source.size();
  }

  /// Decodes all of `source` with `threads` threads. Up to `maxCorrupt` images that cannot be
  /// decoded are left out (people who lose all their images too, the others are renumbered).
  ///
  /// @throws FacetException listing them if there are more, or if no image is left
  public static CachedDataset fill(
      FaceDataset source, int size, int maxCorrupt, int threads, Progress progress) {
    var scan = new Scan(source, size);
    scan.run(threads, progress);
    var report = new Report(source.size(), List.copyOf(scan.corrupt.values()));
    if (report.corrupt().size() > maxCorrupt || report.corrupt().size() == source.size()) {
      throw tooManyCorrupt(report);
    }
    return scan.result(report);
  }

  private static FacetException tooManyCorrupt(Report report) {
    return FacetException.data(
        String.format(
                Locale.ROOT,
                "%,d of %,d images cannot be used; replace or remove them, or leave them out with",
                report.corrupt().size(),
                report.scanned())
            + " --skip-corrupt:\n  "
            + Listing.of(report.corrupt(), "\n  "));
  }

  /// The pass over the source: workers take the next index until none is left.
  private static final class Scan {
    final FaceDataset source;
    final int size;
    final byte[][] pixels;
    final ConcurrentSkipListMap<Integer, String> corrupt = new ConcurrentSkipListMap<>();
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger done = new AtomicInteger();

    Scan(FaceDataset source, int size) {
      this.source = source;
      this.size = size;
      this.pixels = new byte[source.size()][];
    }

    void run(int threads, Progress progress) {
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
          progress.update(done.get(), pixels.length);
        } finally {
          next.set(pixels.length); // whoever still works stops after its image
        }
      }
    }

    private void await(Future<?> worker, Progress progress) {
      while (true) {
        try {
          worker.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
          return;
        } catch (TimeoutException e) {
          progress.update(done.get(), pixels.length);
        } catch (ExecutionException e) {
          throw Failures.rethrow(e.getCause());
        } catch (InterruptedException e) {
          throw Failures.interrupted("scanning the images");
        }
      }
    }

    private void work() {
      for (int i = next.getAndIncrement(); i < pixels.length; i = next.getAndIncrement()) {
        var rgb = new byte[3 * size * size];
        try {
          source.load(i, size, rgb);
          pixels[i] = rgb;
        } catch (FacetException e) {
          corrupt.put(i, String.valueOf(e.getMessage()));
        }
        done.incrementAndGet();
      }
    }

    CachedDataset result(Report report) {
      var present = new TreeSet<Integer>();
      for (int i = 0; i < pixels.length; i++) {
        if (pixels[i] != null) {
          present.add(source.item(i).identity());
        }
      }
      var renumbered = new TreeMap<Integer, Integer>();
      present.forEach(identity -> renumbered.put(identity, renumbered.size()));
      var items = new ArrayList<Item>();
      var kept = new ArrayList<byte[]>();
      for (int i = 0; i < pixels.length; i++) {
        if (pixels[i] != null) {
          Item item = source.item(i);
          int identity = renumbered.get(item.identity());
          items.add(new Item(identity, item.name(), item.domain(), item.source()));
          kept.add(pixels[i]);
        }
      }
      return new CachedDataset(size, items, kept, report);
    }
  }

  /// What the scan found.
  public Report report() {
    return report;
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public int identities() {
    return identities;
  }

  @Override
  public Item item(int index) {
    return items.get(index);
  }

  @Override
  public void load(int index, int wanted, byte[] rgb) {
    if (wanted != size) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "cached at %d x %d, asked for %d x %d", size, size, wanted, wanted));
    }
    byte[] image = pixels.get(index);
    System.arraycopy(image, 0, rgb, 0, image.length);
  }
}
