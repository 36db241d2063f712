package facet.train.data;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.util.List;

/// Every image of another dataset, decoded once and kept as bytes at the size of training: 6,300
/// images at 56 x 56 take 59 MB. Filling it is also the check that every image can be decoded.
public final class CachedDataset extends ListedFaces {
  /// Called from time to time with the progress of the scan, on the thread that started it; an
  /// exception from it ends the scan.
  @FunctionalInterface
  public interface Progress {
    void update(int done, int total);
  }

  private final int size;
  private final List<byte[]> pixels;
  private final ImageScan.Outcome report;

  CachedDataset(int size, List<Item> items, List<byte[]> pixels, ImageScan.Outcome report) {
    super(items);
    this.size = size;
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
    return ImageScan.of(source, size, true, threads, progress).cached(maxCorrupt);
  }

  /// What the scan found.
  public ImageScan.Outcome report() {
    return report;
  }

  @Override
  public void load(int index, int wanted, byte[] rgb) {
    if (wanted != size) {
      throw new IllegalArgumentException(
          format("cached at %d x %d, asked for %d x %d", size, size, wanted, wanted));
    }
    byte[] image = pixels.get(index);
    System.arraycopy(image, 0, rgb, 0, image.length);
  }
}
