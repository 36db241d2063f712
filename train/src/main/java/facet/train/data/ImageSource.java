package facet.train.data;

import facet.train.data.image.RgbImage;
import java.nio.file.Path;
import java.util.List;

/// A dataset whose images exist somewhere at a size of their own.
public interface ImageSource extends FaceDataset {
  /// The image at its own size.
  ///
  /// @throws facet.train.error.FacetException naming the image if it cannot be decoded
  RgbImage image(int index);

  /// The files that the images are in; none if they are in no files.
  default List<Path> files() {
    return List.of();
  }

  @Override
  default void load(int index, int size, byte[] rgb) {
    image(index).toSquare(size, rgb);
  }
}
