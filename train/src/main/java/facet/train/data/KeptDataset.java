package facet.train.data;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

/// The images of another dataset, each decoded when it is first asked for and kept from then on:
/// for a set whose images are known to be fine, so that training begins at once. Several threads
/// may load; one image decoded by two of them at a time is the same bytes.
public final class KeptDataset extends ListedFaces {
  private final FaceDataset source;
  private final int size;
  private final byte[][] pixels;
  private final AtomicIntegerArray there;

  /// Takes the memory of all images now, so that it is known what is left.
  public KeptDataset(FaceDataset source, int size) {
    super(IntStream.range(0, source.size()).mapToObj(source::item).toList());
    this.source = source;
    this.size = size;
    pixels = new byte[source.size()][3 * size * size];
    there = new AtomicIntegerArray(source.size());
  }

  @Override
  public void load(int index, int wanted, byte[] rgb) {
    if (wanted != size) {
      source.load(index, wanted, rgb);
      return;
    }
    var image = pixels[index];
    if (there.get(index) == 0) {
      source.load(index, size, rgb);
      System.arraycopy(rgb, 0, image, 0, image.length);
      there.set(index, 1);
    } else {
      System.arraycopy(image, 0, rgb, 0, image.length);
    }
  }
}
