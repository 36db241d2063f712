package facet.train.data.image;

import static facet.train.error.Printable.format;

import facet.nn.io.FileKind;
import facet.train.error.FacetException;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/// Decodes JPEG, PNG, BMP, GIF, WebP (through ImageIO), PGM and PPM into 8-bit RGB, with the
/// pixels that OpenCV's `imread` gives (of lossy WebP nearly so): grey becomes three equal
/// channels, of 16 bits the upper 8 are taken, inks are converted, Exif's orientation is applied,
/// transparency and colour profiles are ignored (docs/data.md has the table).
///
/// Everything that can be wrong with a file ends in a [FacetException] that names it, and no header
/// makes this class allocate more than [#MAX_PIXELS] pixels.
public final class ImageDecoder {
  /// Images beyond this are refused: a face is small, and a damaged header may claim anything. The
  /// photographs of today's cameras stay below.
  public static final int MAX_PIXELS = 62_500_000;

  /// More pixels than this are decoded by one thread at a time: a large image takes eight bytes a
  /// pixel while it is decoded.
  private static final int LARGE = 4_000_000;

  /// The reader of WebP takes more.
  private static final int LARGE_WEBP = LARGE / 8;

  /// No photograph is packed to fewer bytes than one for so many pixels; one colour all over is.
  private static final int MAX_PIXELS_A_BYTE = 500;

  private static final Semaphore LARGE_IMAGES = new Semaphore(1);

  static final int MAX_SIDE = 30_000;
  private static final long MAX_FILE_BYTES = 400_000_000;

  private static final Set<String> FORMATS = Set.of("JPEG", "PNG", "BMP", "GIF", "WEBP");

  private ImageDecoder() {}

  /// Decodes the file.
  public static RgbImage decode(Path file) {
    return decode(read(file), file.toString());
  }

  /// The bytes of an image file, which can be decoded.
  public static byte[] encoded(Path file) {
    var bytes = read(file);
    decode(bytes, file.toString());
    return bytes;
  }

  /// Decodes the bytes of an image file; `source` names them in error messages.
  public static RgbImage decode(byte[] file, String source) {
    if (file.length == 0) {
      throw broken(source, "the file is empty", null);
    }
    if (Netpbm.isNetpbm(file)) { // as many bytes as pixels: it is no larger than its file
      return Netpbm.decode(file, source);
    }
    try (var in = new EndingStream(Webp.isWebp(file) ? Webp.withoutProfile(file) : file)) {
      ImageReader reader = reader(in);
      if (reader == null) {
        throw unknown(file, source);
      }
      try {
        reader.setInput(in, true, true);
        return decode(reader, file, source);
      } finally {
        reader.dispose();
      }
    } catch (FacetException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // ImageIO's readers throw both on bad input
      throw broken(source, "cannot be decoded (" + reason(e) + ")", e);
    }
  }

  /// A stream that is not read far beyond its end: a reader that puts zeros there would go on for
  /// minutes where a damaged header tells of much.
  private static final class EndingStream extends MemoryCacheImageInputStream {
    private static final int MAX_BEYOND = 1_000;
    private int beyond;

    EndingStream(byte[] file) {
      super(new ByteArrayInputStream(file));
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      if (next < 0 && ++beyond > MAX_BEYOND) {
        throw new IOException("it ends early");
      }
      return next;
    }
  }

  /// ImageIO's reader for `in`; it has more of them, whose pixels are not checked against OpenCV's.
  private static @Nullable ImageReader reader(ImageInputStream in) throws IOException {
    for (var readers = ImageIO.getImageReaders(in); readers.hasNext(); ) {
      var reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toUpperCase(Locale.ROOT))) {
        return reader;
      }
    }
    return null;
  }

  private static FacetException unknown(byte[] file, String source) {
    var kind = FileKind.of(Arrays.copyOf(file, Math.min(file.length, FileKind.LOOKED_AT)));
    if (Webp.isWebp(file)) { // its reader asks for more than the first bytes
      return broken(source, "a damaged WebP image", null);
    }
    if (kind != null && kind.endsWith(" image")) {
      return FacetException.data(
          source, "it is " + kind + ", which is not supported", "convert it to PNG or JPEG");
    }
    return broken(
        source,
        kind == null ? "not a JPEG, PNG, BMP, GIF, WebP, PGM or PPM image" : "it is " + kind,
        null);
  }

  private static RgbImage decode(ImageReader reader, byte[] file, String source)
      throws IOException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    checkSize(width, height, source);
    if (width * height <= (Webp.isWebp(file) ? LARGE_WEBP : LARGE)) {
      return decodeNow(reader, file, source);
    }
    if (width * height / MAX_PIXELS_A_BYTE > file.length) {
      throw broken(
          source,
          format(
              "its header says %,d x %,d pixels, too many for %,d bytes",
              width, height, file.length),
          null);
    }
    LARGE_IMAGES.acquireUninterruptibly();
    try {
      return decodeNow(reader, file, source);
    } finally {
      LARGE_IMAGES.release();
    }
  }

  private static RgbImage decodeNow(ImageReader reader, byte[] file, String source)
      throws IOException {
    if (Webp.isWebp(file) && Webp.isCutShort(file)) {
      throw broken(source, "damaged image (it is shorter than it says)", null);
    }
    var warnings = new ArrayList<String>();
    reader.addIIOReadWarningListener((from, warning) -> warnings.add(warning));
    RgbImage image =
        JpegImage.isJpeg(file)
            ? jpeg(reader, file)
            : Orientation.upright(toRgb(reader.read(0)), Orientation.ofPng(file));
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

  private static RgbImage jpeg(ImageReader reader, byte[] file) throws IOException {
    var header = JpegImage.read(file);
    return Orientation.upright(header.toRgb(reader.readRaster(0, null)), header.orientation());
  }

  /// Samples as stored, the upper eight bits of longer ones, without regard to transparency or
  /// profiles: `BufferedImage.getRGB` would take grey for linear light and brighten it.
  private static RgbImage toRgb(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    var rgb = new byte[3 * width * height];
    ColorModel colors = image.getColorModel();
    int channels = colors.getNumColorComponents();
    if (colors instanceof IndexColorModel) {
      var row = new int[width];
      for (int y = 0, to = 0; y < height; y++) {
        image.getRaster().getSamples(0, y, width, 1, 0, row);
        for (int index : row) {
          rgb[to++] = (byte) colors.getRed(index);
          rgb[to++] = (byte) colors.getGreen(index);
          rgb[to++] = (byte) colors.getBlue(index);
        }
      }
      return new RgbImage(width, height, rgb);
    }
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    var row = new int[bands * width];
    for (int y = 0, to = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int from = 0; from < row.length; from += bands) {
        for (int c = 0; c < 3; c++) {
          int band = channels < 3 ? 0 : c;
          int shift = colors.getComponentSize(band) - 8;
          int value = row[from + band];
          rgb[to++] = (byte) (shift >= 0 ? value >> shift : value << -shift);
        }
      }
    }
    return new RgbImage(width, height, rgb);
  }

  static void checkSize(long width, long height, String source) {
    if (width < 1 || height < 1) {
      throw broken(source, format("its header says %d x %d pixels", width, height), null);
    }
    if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
      throw broken(
          source,
          format(
              "its header says %,d x %,d pixels, more than the %,d that are read",
              width, height, MAX_PIXELS),
          null);
    }
  }

  static FacetException broken(String source, String problem, @Nullable Throwable cause) {
    return FacetException.data(source, problem, "replace or remove it", cause);
  }

  private static byte[] read(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) { // opening a pipe would wait for its writer
        throw broken(file.toString(), "a folder, pipe, socket or device, not an image", null);
      }
      if (attributes.size() > MAX_FILE_BYTES) {
        throw broken(
            file.toString(),
            format("%,d bytes are too many for an image", attributes.size()),
            null);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "no such file", e);
    } catch (AccessDeniedException e) {
      throw unreadable(file, "no permission to read it", e);
    } catch (IOException e) {
      throw unreadable(file, "cannot be read (" + reason(e) + ")", e);
    }
  }

  private static UnreadableException unreadable(Path file, String problem, IOException cause) {
    return new UnreadableException(broken(file.toString(), problem, cause));
  }

  private static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }
}
