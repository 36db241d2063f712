package facet.train.data.source;

import static facet.train.error.Printable.format;

import facet.train.data.CachedDataset;
import facet.train.data.FaceDataset;
import facet.train.data.ImageScan;
import facet.train.data.ImageSource;
import facet.train.data.KeptDataset;
import facet.train.data.Ordinals;
import facet.train.data.ScanCache;
import facet.train.data.SizeCheck;
import facet.train.data.folder.DomainFolders;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Opens faces for training or evaluation: decodes them once, at the network's size, into memory if
/// they fit there.
///
/// @param size side of the images in pixels
/// @param maxCorrupt how many unreadable images are left out before it is an error
/// @param replaces whether an image that goes bad after that is replaced, for training
/// @param log takes a line about what was found
/// @param scans keeps what is found in a large set for the next training; null for nothing
/// @param progress of looking for images and of decoding them
public record Faces(
    int size,
    int maxCorrupt,
    boolean replaces,
    int threads,
    Consumer<String> log,
    @Nullable ScanCache scans,
    CachedDataset.Progress progress) {
  /// A scan that took less is not worth keeping.
  private static final double LONG_SECONDS = 3;

  /// Keeping nothing between runs.
  public Faces(
      int size,
      int maxCorrupt,
      boolean replaces,
      int threads,
      Consumer<String> log,
      CachedDataset.Progress progress) {
    this(size, maxCorrupt, replaces, threads, log, null, progress);
  }

  /// As this, for training.
  public Faces training() {
    return new Faces(size, maxCorrupt, true, threads, log, scans, progress);
  }

  /// As this, looking at all images now: for those that are evaluated on, too.
  public Faces withoutScans() {
    return new Faces(size, maxCorrupt, replaces, threads, log, null, progress);
  }

  /// Whether `path` is a word for faces that are in no file: `synthetic`.
  public static boolean isWord(Path path) {
    return FaceFormat.isSynthetic(path);
  }

  /// Whether the names of folders say which of the images of `path` are hard.
  public static boolean hasFolders(Path path) {
    return FaceFormat.of(path).hasFolders().test(path);
  }

  /// The chosen people of `path`, however it keeps them.
  public FaceDataset people(Path path, DomainFolders domains, Ordinals people) {
    return cached(path.toString(), open(path, domains, people, log));
  }

  /// As [#people], without a look at the images or a word about them.
  public FaceDataset listed(Path path, DomainFolders domains, Ordinals people) {
    return open(path, domains, people, note -> {});
  }

  private FaceDataset open(
      Path path, DomainFolders domains, Ordinals people, Consumer<String> notes) {
    var request = new FaceFormat.Request(people, domains, size, notes, progress);
    return FaceFormat.of(path).opens().apply(path, request);
  }

  /// The images of `source`, from memory if there is room for them.
  public FaceDataset cached(String name, FaceDataset source) {
    SizeCheck.warning(source, size).ifPresent(log);
    var fits = CachedDataset.bytesNeeded(source, size) <= Runtime.getRuntime().maxMemory() / 3;
    var entry = fits || maxCorrupt > 0 ? entry(source) : null;
    var known = entry == null ? null : entry.read();
    if (known != null) {
      var how = fits ? "decoded once" : "decoded";
      log.accept(
          format(
              "%s: %s, looked at in an earlier run, %s as they are needed",
              name, source.describe(), how));
      var scan = ImageScan.known(source, size, known);
      tell(name, scan.report());
      var usable = scan.checked(maxCorrupt, replaces, log);
      return fits ? new KeptDataset(usable, size) : usable;
    }
    if (!fits) {
      log.accept(format("%s: %s, decoded as they are needed", name, source.describe()));
      if (maxCorrupt == 0) {
        return source; // the first that cannot be decoded ends the run
      }
      var scan = scan(source, false, entry);
      tell(name, scan.report());
      return scan.checked(maxCorrupt, replaces, log);
    }
    var cache = scan(source, true, entry).cached(maxCorrupt);
    log.accept(format("%s: %s", name, cache.describe()));
    tell(name, cache.report());
    return cache;
  }

  /// Evaluations need all images at once, so they have nothing of an earlier scan.
  private ScanCache.@Nullable Entry entry(FaceDataset source) {
    return replaces && scans != null && source instanceof ImageSource images
        ? scans.entry(images)
        : null;
  }

  private ImageScan scan(FaceDataset source, boolean keeps, ScanCache.@Nullable Entry entry) {
    var begun = System.nanoTime();
    var scan = ImageScan.of(source, size, keeps, threads, progress);
    if (entry != null && (System.nanoTime() - begun) * 1e-9 > LONG_SECONDS) {
      entry.keep(scan);
    }
    return scan;
  }

  private void tell(String name, ImageScan.Outcome report) {
    if (!report.corrupt().isEmpty()) {
      log.accept(format("%s: %s", name, report.describe()));
      report.corrupt().stream().limit(10).forEach(line -> log.accept("  left out: " + line));
    }
  }
}
