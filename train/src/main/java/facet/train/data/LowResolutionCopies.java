package facet.train.data;

import facet.train.data.image.Resampler;
import facet.train.error.FacetException;
import java.util.stream.IntStream;

/// A dataset whose hard domain is made on the fly: the easy images of another one, then each of
/// them again as a hard one, shrunk to a few pixels and enlarged back.
///
/// How few pixels is a pure function of the seed and the image's place among those that were
/// chosen: the same choice of the same images gives the same hard domain, another one another. Wrap
/// a [CachedDataset]: the copies then cost no memory.
public final class LowResolutionCopies implements FaceDataset {
  private final FaceDataset base;
  private final int minPixels;
  private final int maxPixels;
  private final RandomStream random;
  private final int[] easy;

  /// Copies of `minPixels` to `maxPixels` (both included) on a side.
  public LowResolutionCopies(FaceDataset base, int minPixels, int maxPixels, long seed) {
    if (minPixels < 1 || maxPixels < minPixels) {
      throw FacetException.usage(
          "low resolution from %d to %d pixels is no range; give two numbers, 1 <= first <="
              + " second.",
          minPixels, maxPixels);
    }
    this.base = base;
    this.minPixels = minPixels;
    this.maxPixels = maxPixels;
    this.random = new RandomStream(seed);
    this.easy =
        IntStream.range(0, base.size()).filter(i -> base.item(i).domain() == Domain.EASY).toArray();
  }

  @Override
  public int size() {
    return 2 * easy.length;
  }

  @Override
  public int identities() {
    return base.identities();
  }

  @Override
  public Item item(int index) {
    Item item = base.item(original(index));
    return resolution(index) == 0
        ? item
        : new Item(item.identity(), item.name(), Domain.HARD, item.source());
  }

  @Override
  public int resolution(int index) {
    return index < easy.length
        ? 0
        : minPixels + random.below(original(index), maxPixels - minPixels + 1);
  }

  private int original(int index) {
    return easy[index % easy.length];
  }

  @Override
  public void load(int index, int size, byte[] rgb) {
    base.load(original(index), size, rgb);
    int pixels = resolution(index);
    if (pixels > 0) {
      Resampler.lowerResolution(rgb, size, pixels);
    }
  }
}
