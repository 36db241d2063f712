package facet.train.data.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Images as the bytes of a file.
public final class ImageEncoder {
  private ImageEncoder() {}

  /// A PNG, which loses nothing.
  public static byte[] png(RgbImage image) {
    return encode(image, "png", 1);
  }

  /// A JPEG of a quality in `(0, 1]`.
  public static byte[] jpeg(RgbImage image, double quality) {
    return encode(image, "jpeg", quality);
  }

  private static byte[] encode(RgbImage image, String format, double quality) {
    var writer = ImageIO.getImageWritersByFormatName(format).next();
    var bytes = new ByteArrayOutputStream();
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      var parameters = writer.getDefaultWriteParam();
      if (quality < 1) {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality((float) quality);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(buffered(image), null, null), parameters);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // there is no device that could fail
    } finally {
      writer.dispose();
    }
  }

  private static BufferedImage buffered(RgbImage image) {
    var buffered = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    var rgb = image.rgb();
    for (var y = 0; y < image.height(); y++) {
      for (var x = 0; x < image.width(); x++) {
        var at = 3 * (y * image.width() + x);
        var value = (rgb[at] & 255) << 16 | (rgb[at + 1] & 255) << 8 | rgb[at + 2] & 255;
        buffered.setRGB(x, y, value);
      }
    }
    return buffered;
  }
}
