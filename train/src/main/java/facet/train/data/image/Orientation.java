package facet.train.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How a camera lay when it took a picture, as Exif says it, and the way back to upright.
final class Orientation {
  private static final long PNG = 0x89504e470d0a1a0aL;
  private static final int PNG_EXIF = 0x65584966; // eXIf

  private static final int TAG = 0x0112;
  private static final int ENTRY_BYTES = 12;

  private Orientation() {}

  /// The orientation that a PNG says in its chunk `eXIf`; 1 for every other file.
  static int ofPng(byte[] file) {
    var in = ByteBuffer.wrap(file);
    if (file.length < 8 || in.getLong() != PNG) {
      return 1;
    }
    while (in.remaining() >= 12) {
      var length = in.getInt();
      var kind = in.getInt();
      if (length < 0 || length > in.remaining() - 4) {
        break;
      }
      if (kind == PNG_EXIF) {
        return of(in.slice(in.position(), length));
      }
      in.position(in.position() + length + 4);
    }
    return 1;
  }

  /// The orientation, 1 to 8, that Exif's `TIFF` structure holds; 1, upright, if it says none or is
  /// damaged.
  static int of(ByteBuffer tiff) {
    if (tiff.remaining() < 8) {
      return 1;
    }
    var order = tiff.getShort(0);
    if (order != 0x4949 && order != 0x4d4d) {
      return 1;
    }
    var in = tiff.slice().order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    var directory = in.getInt(4);
    if (in.getShort(2) != 42 || directory < 8 || directory > in.limit() - 2) {
      return 1;
    }
    var entries = in.getShort(directory) & 0xffff;
    for (var i = 0; i < entries; i++) {
      var entry = directory + 2 + ENTRY_BYTES * i;
      if (entry > in.limit() - ENTRY_BYTES) {
        return 1;
      }
      if ((in.getShort(entry) & 0xffff) == TAG) { // 16 bits, whatever type the tag says
        var value = in.getShort(entry + 8);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  /// Turns and mirrors a picture of this orientation so that it is upright.
  static RgbImage upright(RgbImage image, int orientation) {
    if (orientation == 1) {
      return image;
    }
    var width = image.width();
    var height = image.height();
    var swapped = orientation >= 5; // rows of the file are columns of the picture
    var flipX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    var flipY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    var from = image.rgb();
    var to = new byte[from.length];
    var newWidth = swapped ? height : width;
    var newHeight = swapped ? width : height;
    for (int y = 0, at = 0; y < newHeight; y++) {
      for (var x = 0; x < newWidth; x++, at += 3) {
        var column = swapped ? y : x;
        var row = swapped ? x : y;
        column = flipX ? width - 1 - column : column;
        row = flipY ? height - 1 - row : row;
        System.arraycopy(from, 3 * (row * width + column), to, at, 3);
      }
    }
    return new RgbImage(newWidth, newHeight, to);
  }
}
