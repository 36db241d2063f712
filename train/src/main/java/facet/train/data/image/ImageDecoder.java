package facet.train.data.image;

import facet.train.error.FacetException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/// Decodes JPEG, PNG, BMP, GIF (through ImageIO), PGM and PPM into 8-bit RGB. Grey becomes three
/// equal channels, CMYK is converted, transparent pixels lie on black (as the border of an aligned
/// face does), colour profiles are ignored as in OpenCV.
///
/// Everything that can be wrong with a file ends in a [FacetException] that names it, and no header
/// makes this class allocate more than [#MAX_PIXELS] pixels.
public final class ImageDecoder {
  /// Images beyond this are refused: a face is small, and a damaged header may claim anything.
  public static final int MAX_PIXELS = 64_000_000;

  static final int MAX_SIDE = 30_000;
  private static final long MAX_FILE_BYTES = 400_000_000;

  private ImageDecoder() {}

  /// Decodes the file.
  public static RgbImage decode(Path file) {
    return decode(read(file), file.toString());
  }

  /// Decodes the bytes of an image file; `source` names them in error messages.
  public static RgbImage decode(byte[] file, String source) {
    if (file.length == 0) {
      throw broken(source, "the file is empty", null);
    }
    if (Netpbm.isNetpbm(file)) {
      return Netpbm.decode(file, source);
    }
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      var readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw broken(source, "not a JPEG, PNG, BMP, GIF, PGM or PPM image", null);
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        return decode(reader, source);
      } finally {
        reader.dispose();
      }
    } catch (FacetException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // ImageIO's readers throw both on bad input
      throw broken(source, "cannot be decoded (" + reason(e) + ")", e);
    }
  }

  private static RgbImage decode(ImageReader reader, String source) throws IOException {
    checkSize(reader.getWidth(0), reader.getHeight(0), source);
    var warnings = new ArrayList<String>();
    reader.addIIOReadWarningListener((from, warning) -> warnings.add(warning));
    RgbImage image = toRgb(reader.read(0));
    // A JPEG cut short or with flipped bits decodes without an exception; it only warns.
    for (String warning : warnings) {
      if (isDamage(warning)) {
        throw broken(source, "damaged image (" + warning + ")", null);
      }
    }
    return image;
  }

  private static boolean isDamage(String warning) {
    String text = warning.toLowerCase(Locale.ROOT);
    return List.of("corrupt jpeg", "premature", "truncated", "inconsistent progression").stream()
        .anyMatch(text::contains);
  }

  private static RgbImage toRgb(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    int channels = colors.getNumColorComponents();
    if (colors instanceof ComponentColorModel && (channels == 1 || channels == 3)) {
      return toRgb(image.getRaster(), channels, colors.getComponentSize(0));
    }
    if (colors.getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
      return cmykToRgb(image.getRaster());
    }
    int width = image.getWidth();
    var rgb = new byte[3 * width * image.getHeight()];
    var row = new int[width];
    for (int y = 0, to = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int argb : row) {
        int alpha = argb >>> 24;
        rgb[to++] = (byte) (((argb >> 16) & 0xff) * alpha / 255);
        rgb[to++] = (byte) (((argb >> 8) & 0xff) * alpha / 255);
        rgb[to++] = (byte) ((argb & 0xff) * alpha / 255);
      }
    }
    return new RgbImage(width, image.getHeight(), rgb);
  }

  /// Samples as stored: `BufferedImage.getRGB` would treat grey as linear light and brighten it.
  private static RgbImage toRgb(Raster raster, int channels, int bits) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    boolean alpha = bands > channels;
    int max = (1 << bits) - 1;
    var rgb = new byte[3 * width * height];
    var row = new int[bands * width];
    for (int y = 0, to = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int from = 0; from < row.length; from += bands) {
        for (int c = 0; c < 3; c++) {
          long value = scale(row[channels == 1 ? from : from + c], max);
          rgb[to++] = (byte) (alpha ? value * row[from + channels] / max : value);
        }
      }
    }
    return new RgbImage(width, height, rgb);
  }

  /// ImageIO has undone YCCK and Adobe's inversion. What is left is `(1 − ink)(1 − black)`; its own
  /// conversion would take that for linear light and brighten it.
  private static RgbImage cmykToRgb(Raster raster) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    var rgb = new byte[3 * width * height];
    var row = new int[4 * width];
    for (int y = 0, to = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int from = 0; from < row.length; from += 4) {
        for (int c = 0; c < 3; c++) {
          rgb[to++] = (byte) (((255 - row[from + c]) * (255 - row[from + 3]) + 127) / 255);
        }
      }
    }
    return new RgbImage(width, height, rgb);
  }

  /// From `0 .. max` to `0 .. 255`, rounded.
  static int scale(int value, int max) {
    return max == 255 ? value : (int) ((value * 255L + max / 2) / max);
  }

  static void checkSize(long width, long height, String source) {
    if (width < 1 || height < 1) {
      throw broken(
          source,
          String.format(Locale.ROOT, "its header says %d x %d pixels", width, height),
          null);
    }
    if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
      throw broken(
          source,
          String.format(
              Locale.ROOT,
              "its header says %,d x %,d pixels, more than the %,d that are read",
              width,
              height,
              MAX_PIXELS),
          null);
    }
  }

  static FacetException broken(String source, String problem, @Nullable Throwable cause) {
    return FacetException.data(source, problem, "replace or remove it", cause);
  }

  private static byte[] read(Path file) {
    try {
      long bytes = Files.size(file);
      if (bytes > MAX_FILE_BYTES) {
        throw broken(
            file.toString(),
            String.format(Locale.ROOT, "%,d bytes are too many for an image", bytes),
            null);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw broken(file.toString(), "no such file", e);
    } catch (AccessDeniedException e) {
      throw broken(file.toString(), "no permission to read it", e);
    } catch (IOException e) {
      throw broken(file.toString(), "cannot be read (" + reason(e) + ")", e);
    }
  }

  private static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }
}
