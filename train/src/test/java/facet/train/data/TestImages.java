package facet.train.data;

import facet.nn.loss.DdlBatch;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;

/// Small images and datasets made for tests.
public final class TestImages {
  private TestImages() {}

  /// A smooth colourful picture, different for each `seed`.
  public static BufferedImage picture(int width, int height, int seed) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int red = 255 * x / width;
        int green = 255 * y / height;
        int blue = (37 * seed + 128 * (x + y) / (width + height)) & 0xff;
        image.setRGB(x, y, red << 16 | green << 8 | blue);
      }
    }
    return image;
  }

  public static byte[] encode(BufferedImage image, String format) {
    var out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  /// One grey all over, one bit a pixel: a few kilobytes whatever the size.
  public static byte[] blankPng(int width, int height) {
    return encode(new BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY), "png");
  }

  public static byte[] jpeg(int seed) {
    return encode(picture(40, 40, seed), "jpeg");
  }

  public static Path write(Path file, byte[] bytes) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  /// `people` identities with `easy` and `hard` images each; every pixel of image i is the byte i.
  public static GeneratedFaces faces(int people, int easy, int hard) {
    var items = new ArrayList<FaceDataset.Item>();
    for (int p = 0; p < people; p++) {
      for (int i = 0; i < easy + hard; i++) {
        Domain domain = i < easy ? Domain.EASY : Domain.HARD;
        items.add(new FaceDataset.Item(p, "p" + p, domain, "face " + items.size()));
      }
    }
    return new GeneratedFaces(
        items, (index, size, rgb) -> Arrays.fill(rgb, 0, 3 * size * size, (byte) index));
  }

  public static List<Integer> indices(int[] array, DdlBatch.Range range) {
    var list = new ArrayList<Integer>();
    for (int i = range.start(); i < range.end(); i++) {
      list.add(array[i]);
    }
    return list;
  }
}
