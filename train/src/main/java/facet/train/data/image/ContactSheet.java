package facet.train.data.image;

import static facet.train.error.Printable.format;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/// Many small images side by side in one PNG.
public final class ContactSheet {
  private static final int GAP = 2;
  private static final int PAPER = 0xFFFFFF;

  private ContactSheet() {}

  /// Writes `images`, each `size × size × 3` bytes of RGB, row by row in `columns` columns.
  ///
  /// @throws IllegalArgumentException if there is no image or one has another length
  /// @throws IOException if the file cannot be written
  public static void write(Path png, int columns, List<byte[]> images, int size)
      throws IOException {
    if (columns < 1 || size < 1 || images.isEmpty()) {
      throw new IllegalArgumentException(
          format(
              "contact sheet %s: got %d images, %d columns, size %d; needs at least 1 of each",
              png, images.size(), columns, size));
    }
    int rows = (images.size() + columns - 1) / columns;
    int wide = Math.min(columns, images.size());
    var sheet =
        new BufferedImage(
            wide * (size + GAP) + GAP, rows * (size + GAP) + GAP, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < sheet.getHeight(); y++) {
      for (int x = 0; x < sheet.getWidth(); x++) {
        sheet.setRGB(x, y, PAPER);
      }
    }
    for (int i = 0; i < images.size(); i++) {
      byte[] rgb = images.get(i);
      if (rgb.length != size * size * 3) {
        throw new IllegalArgumentException(
            format(
                "contact sheet %s: image %d has %d bytes, size %d needs %d",
                png, i, rgb.length, size, size * size * 3));
      }
      paste(rgb, size, sheet, GAP + i % columns * (size + GAP), GAP + i / columns * (size + GAP));
    }
    if (!ImageIO.write(sheet, "png", png.toFile())) {
      throw new IOException("contact sheet " + png + ": this Java has no PNG writer");
    }
  }

  private static void paste(byte[] rgb, int size, BufferedImage sheet, int left, int top) {
    for (int p = 0; p < size * size; p++) {
      int value = (rgb[3 * p] & 255) << 16 | (rgb[3 * p + 1] & 255) << 8 | rgb[3 * p + 2] & 255;
      sheet.setRGB(left + p % size, top + p / size, value);
    }
  }
}
