package facet.train.data.align;

import facet.train.data.ImageSource;
import facet.train.data.ListedFaces;
import facet.train.data.image.ImageDecoder;
import facet.train.data.image.RgbImage;
import facet.train.error.FacetException;
import java.nio.file.Path;
import java.util.List;

/// Images that are aligned by their landmarks as they are read.
public final class AlignedFaces extends ListedFaces implements ImageSource {
  private final List<Path> files;
  private final List<Landmarks> landmarks;
  private final Warp warp;

  /// `files.get(i)` is described by `items.get(i)` and aligned by `landmarks.get(i)`.
  ///
  /// @param warp how faces are cut out
  public AlignedFaces(List<Path> files, List<Landmarks> landmarks, Warp warp, List<Item> items) {
    super(items);
    this.files = List.copyOf(files);
    this.landmarks = List.copyOf(landmarks);
    this.warp = warp;
  }

  /// The aligned face at the template's own size.
  @Override
  public RgbImage image(int index) {
    return aligned(index, Landmarks.TEMPLATE_SIZE);
  }

  @Override
  public void load(int index, int size, byte[] rgb) {
    System.arraycopy(aligned(index, size).rgb(), 0, rgb, 0, 3 * size * size);
  }

  private RgbImage aligned(int index, int size) {
    var image = ImageDecoder.decode(files.get(index));
    var points = landmarks.get(index);
    if (points.outside(image.width(), image.height()) == points.points().size()) {
      throw FacetException.data(
          files.get(index), "all its landmarks lie outside of it", "correct its line in the list");
    }
    return warp.apply(image, points.toTemplate(size), size);
  }
}
