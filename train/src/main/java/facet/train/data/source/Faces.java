package facet.train.data.source;

import static facet.train.error.Printable.format;

import facet.train.data.CachedDataset;
import facet.train.data.FaceDataset;
import facet.train.data.ImageScan;
import facet.train.data.Ordinals;
import facet.train.data.SizeCheck;
import facet.train.data.folder.DomainFolders;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Opens faces for training or evaluation: decodes them once, at the network's size, into memory if
/// they fit there.
///
/// @param size side of the images in pixels
/// @param maxCorrupt how many unreadable images are left out before it is an error
/// @param replaces whether an image that goes bad after that is replaced, for training
/// @param log takes a line about what was found
/// @param progress of decoding
public record Faces(
    int size,
    int maxCorrupt,
    boolean replaces,
    int threads,
    Consumer<String> log,
    CachedDataset.Progress progress) {

  /// As this, for training.
  public Faces training() {
    return new Faces(size, maxCorrupt, true, threads, log, progress);
  }

  /// Whether `path` is a word for faces that are in no file: `synthetic`.
  public static boolean isWord(Path path) {
    return FaceFormat.isSynthetic(path);
  }

  /// The chosen people of `path`, however it keeps them.
  public FaceDataset people(Path path, DomainFolders domains, Ordinals people) {
    var format =
        FaceFormat.ALL.stream().filter(f -> f.keeps().test(path)).findFirst().orElseThrow();
    var request = new FaceFormat.Request(people, domains, size, log);
    return cached(path.toString(), format.opens().apply(path, request));
  }

  /// The images of `source`, from memory if there is room for them.
  public FaceDataset cached(String name, FaceDataset source) {
    SizeCheck.warning(source, size).ifPresent(log);
    if (CachedDataset.bytesNeeded(source, size) > Runtime.getRuntime().maxMemory() / 3) {
      log.accept(format("%s: %s, decoded as they are needed", name, source.describe()));
      if (maxCorrupt == 0) {
        return source; // the first that cannot be decoded ends the run
      }
      var scan = ImageScan.of(source, size, false, threads, progress);
      tell(name, scan.report());
      return scan.checked(maxCorrupt, replaces, log);
    }
    var cache = CachedDataset.fill(source, size, maxCorrupt, threads, progress);
    log.accept(format("%s: %s", name, cache.describe()));
    tell(name, cache.report());
    return cache;
  }

  private void tell(String name, ImageScan.Outcome report) {
    if (!report.corrupt().isEmpty()) {
      log.accept(format("%s: %s", name, report.describe()));
      report.corrupt().stream().limit(10).forEach(line -> log.accept("  left out: " + line));
    }
  }
}
