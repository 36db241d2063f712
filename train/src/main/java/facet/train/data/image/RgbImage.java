package facet.train.data.image;

import static facet.train.error.Printable.format;

/// A decoded image: `height x width x 3` bytes, red, green, blue, row by row from the top.
public final class RgbImage {
  private final int width;
  private final int height;
  private final byte[] rgb;

  public RgbImage(int width, int height, byte[] rgb) {
    if (rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          format(
              "image of %d x %d needs %d bytes, got %d",
              width, height, 3L * width * height, rgb.length));
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /// The pixels themselves, not a copy.
  public byte[] rgb() {
    return rgb;
  }

  /// Writes this image, resized to `size x size`, into the first `3 size²` bytes of `square`. An
  /// image that is not square is stretched.
  public void toSquare(int size, byte[] square) {
    Resampler.resize(rgb, width, height, square, size, size);
  }
}
