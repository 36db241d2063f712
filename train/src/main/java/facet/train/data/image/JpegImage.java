package facet.train.data.image;

import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What the markers of a JPEG say about its pixels, and the way from its components to RGB: that of
/// libjpeg, which OpenCV uses. (ImageIO guesses other colours where markers are missing.)
///
/// @param components the colour components
/// @param jfif whether the file is JFIF: its colours are then Y Cb Cr
/// @param adobe the transform that Adobe's marker names, negative without one
/// @param orientation how the picture lies, as Exif counts from 1 (upright) to 8
record JpegImage(List<Component> components, boolean jfif, int adobe, int orientation) {
  private static final int START_OF_SCAN = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;

  /// Fixed-point factors of JFIF's conversion, with 16 bits after the point.
  private static final int RED_CR = fixed(1.402);

  private static final int GREEN_CB = fixed(0.34414);
  private static final int GREEN_CR = fixed(0.71414);
  private static final int BLUE_CB = fixed(1.772);

  private static final List<Integer> RGB = List.of((int) 'R', (int) 'G', (int) 'B');

  private static int fixed(double factor) {
    return (int) Math.round(factor * 65536);
  }

  /// A colour component: its number, and how many of its samples lie beside and below one another
  /// where the finest component has the most.
  private record Component(int number, int across, int down) {}

  static boolean isJpeg(byte[] file) {
    return file.length > 2 && (file[0] & 0xff) == 0xff && (file[1] & 0xff) == 0xd8;
  }

  /// Reads the markers up to the first scan; what is damaged there is for the decoder to say.
  static JpegImage read(byte[] file) {
    var in = ByteBuffer.wrap(file).position(2);
    var components = List.<Component>of();
    var jfif = false;
    var adobe = -1;
    var orientation = 0;
    while (in.remaining() >= 4) {
      if ((in.get() & 0xff) != 0xff) {
        continue; // what stands between markers is passed over
      }
      var marker = in.get() & 0xff;
      if (marker == 0xff) {
        in.position(in.position() - 1);
        continue;
      }
      if (marker == START_OF_SCAN) {
        break;
      }
      if (marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd9) {
        continue; // markers without content
      }
      var length = in.getShort() & 0xffff;
      if (length < 2 || length - 2 > in.remaining()) {
        break;
      }
      var content = in.slice(in.position(), length - 2);
      in.position(in.position() + length - 2);
      if (marker == APP0 && begins(content, "JFIF\0")) {
        jfif = true;
      } else if (marker == APP1 && orientation == 0 && begins(content, "Exif\0\0")) {
        orientation = Orientation.of(content.slice(6, content.remaining() - 6));
      } else if (marker == APP14 && begins(content, "Adobe") && content.remaining() >= 12) {
        adobe = content.get(11) & 0xff;
      } else if (isFrame(marker) && content.remaining() >= 6) {
        components = components(content);
      }
    }
    return new JpegImage(components, jfif, adobe, Math.max(1, orientation));
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static List<Component> components(ByteBuffer frame) {
    var count = Math.min(frame.get(5) & 0xff, (frame.remaining() - 6) / 3);
    var components = new ArrayList<Component>();
    for (var at = 6; at < 6 + 3 * count; at += 3) {
      var sampling = frame.get(at + 1) & 0xff;
      components.add(new Component(frame.get(at) & 0xff, sampling >> 4, sampling & 15));
    }
    return components;
  }

  private static boolean begins(ByteBuffer content, String text) {
    var bytes = text.getBytes(StandardCharsets.US_ASCII);
    return content.remaining() >= bytes.length
        && content.slice(0, bytes.length).equals(ByteBuffer.wrap(bytes));
  }

  /// Whether the first three components are luma and two differences of colour (libjpeg's rules).
  private boolean isLumaAndChroma() {
    if (components.size() == 4) {
      return adobe >= 0 && adobe != 0;
    }
    if (jfif || adobe >= 0) {
      return jfif || adobe != 0;
    }
    return !components.stream().map(Component::number).toList().equals(RGB);
  }

  /// Whether band `c` has half the rows of the finest band, and as many columns. Such rows are
  /// repeated by ImageIO's libjpeg and interpolated by that of OpenCV; where columns are halved,
  /// too, both interpolate.
  private boolean hasHalfTheRows(int c) {
    var across = components.stream().mapToInt(Component::across).max().orElse(1);
    var down = components.stream().mapToInt(Component::down).max().orElse(1);
    return c < components.size()
        && components.get(c).across() == across
        && 2 * components.get(c).down() == down;
  }

  /// Interpolates row `y` of band `c` of a picture whose rows `2 i` and `2 i + 1` repeat one
  /// sample: three parts of it and one of the nearest other, rounded as `h1v2_fancy_upsample` of
  /// libjpeg-turbo does.
  private static void interpolate(Raster raster, int y, int c, int[] row, int[] other) {
    var bands = raster.getNumBands();
    var up = y % 2 == 0;
    var nearest = up ? y - 1 : y + 1;
    var bias = up ? 1 : 2;
    if (nearest >= 0 && nearest < raster.getHeight()) {
      raster.getSamples(0, nearest, raster.getWidth(), 1, c, other);
      for (int x = 0, at = c; at < row.length; x++, at += bands) {
        row[at] = (3 * row[at] + other[x] + bias) >> 2;
      }
    }
  }

  /// The picture, as it lies, of components as they are stored.
  RgbImage toRgb(Raster raster) {
    var width = raster.getWidth();
    var height = raster.getHeight();
    var bands = raster.getNumBands();
    var rgb = new byte[3 * width * height];
    var row = new int[bands * width];
    var other = new int[width];
    var chroma = bands >= 3 && isLumaAndChroma();
    for (int y = 0, to = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (var c = 0; c < bands; c++) {
        if (hasHalfTheRows(c)) {
          interpolate(raster, y, c, row, other);
        }
      }
      if (chroma) {
        convertChroma(row, bands);
      }
      for (var from = 0; from < row.length; from += bands, to += 3) {
        for (var c = 0; c < 3; c++) {
          var value = row[bands < 3 ? from : from + c];
          rgb[to + c] = (byte) (bands == 4 ? ink(value, row[from + 3], chroma) : value);
        }
      }
    }
    return new RgbImage(width, height, rgb);
  }

  /// Y Cb Cr to R G B, in place.
  private static void convertChroma(int[] row, int bands) {
    for (var i = 0; i < row.length; i += bands) {
      var y = row[i];
      var cb = row[i + 1] - 128;
      var cr = row[i + 2] - 128;
      row[i] = Math.clamp(y + ((RED_CR * cr + 0x8000) >> 16), 0, 255);
      row[i + 1] = Math.clamp(y + ((-GREEN_CB * cb - GREEN_CR * cr + 0x8000) >> 16), 0, 255);
      row[i + 2] = Math.clamp(y + ((BLUE_CB * cb + 0x8000) >> 16), 0, 255);
    }
  }

  /// What an ink and black leave of white, as OpenCV rounds it. Adobe stores inks inverted; of a
  /// YCCK file, RGB is the inverse of what is meant.
  private static int ink(int value, int black, boolean inverted) {
    var ink = inverted ? 255 - value : value;
    return black - ((255 - ink) * black >> 8);
  }
}
