package facet.train.data;

import facet.train.data.image.RgbImage;

/// A dataset whose images exist somewhere at a size of their own.
public interface ImageSource extends FaceDataset {
  /// The image at its own size.
  ///
  /// @throws facet.train.error.FacetException naming the image if it cannot be decoded
  RgbImage image(int index);

  @Override
  default void load(int index, int size, byte[] rgb) {
    image(index).toSquare(size, rgb);
  }
}
