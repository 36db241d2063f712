package facet.train.data.image;

import static facet.train.error.Printable.format;

/// Reads PGM and PPM, plain (`P2`, `P3`) and raw (`P5`, `P6`), with samples of one or two bytes:
/// magic, width, height, greatest value, then the samples; `#` begins a comment in the header. Only
/// plain samples are scaled by the greatest value; of raw ones the upper byte is taken, as OpenCV
/// does.
final class Netpbm {
  private final byte[] file;
  private final String source;
  private int at = 2;

  private Netpbm(byte[] file, String source) {
    this.file = file;
    this.source = source;
  }

  static boolean isNetpbm(byte[] file) {
    return file.length > 2
        && file[0] == 'P'
        && file[1] >= '1'
        && file[1] <= '7'
        && (isSpace(file[2]) || file[2] == '#');
  }

  static RgbImage decode(byte[] file, String source) {
    return switch (file[1]) {
      case '2' -> new Netpbm(file, source).decode(1, true);
      case '3' -> new Netpbm(file, source).decode(3, true);
      case '5' -> new Netpbm(file, source).decode(1, false);
      case '6' -> new Netpbm(file, source).decode(3, false);
      default ->
          throw ImageDecoder.broken(
              source, "Netpbm format P" + (char) file[1] + " is not PGM or PPM", null);
    };
  }

  private RgbImage decode(int channels, boolean plain) {
    int width = number("width");
    int height = number("height");
    int max = number("greatest value");
    ImageDecoder.checkSize(width, height, source);
    if (max < 1 || max > 65535) {
      throw ImageDecoder.broken(source, "greatest value " + max + " is not in 1..65535", null);
    }
    if (!plain) {
      at++; // exactly one space ends the header
    }
    int samples = width * height * channels;
    int bytesPerSample = max > 255 ? 2 : 1;
    // A plain sample takes a digit and a space, but the last space may be missing.
    long needed = plain ? 2L * samples - 1 : (long) samples * bytesPerSample;
    if (file.length - at < needed) {
      throw ImageDecoder.broken(
          source,
          format(
              "truncated image (%,d bytes of samples, at least %,d expected)",
              Math.max(0, file.length - at), needed),
          null);
    }
    var rgb = new byte[width * height * 3];
    int to = 0;
    for (int i = 0; i < samples; i++) {
      var sample =
          (byte) (plain ? Math.min(number("sample"), max) * 255 / max : raw(bytesPerSample));
      rgb[to++] = sample;
      if (channels == 1) {
        rgb[to++] = sample;
        rgb[to++] = sample;
      }
    }
    return new RgbImage(width, height, rgb);
  }

  /// A byte as it is, of two the upper one, whatever the greatest value: as OpenCV does.
  private byte raw(int bytes) {
    byte value = file[at];
    at += bytes;
    return value;
  }

  private int number(String what) {
    skipSpaceAndComments();
    int start = at;
    int value = 0;
    while (at < file.length && file[at] >= '0' && file[at] <= '9' && at - start < 9) {
      value = 10 * value + file[at++] - '0';
    }
    if (at == start) {
      throw ImageDecoder.broken(
          source, "no number where the " + what + " should be, at byte " + at, null);
    }
    return value;
  }

  private void skipSpaceAndComments() {
    while (at < file.length && (isSpace(file[at]) || file[at] == '#')) {
      if (file[at] == '#') {
        while (at < file.length && file[at] != '\n' && file[at] != '\r') {
          at++;
        }
      } else {
        at++;
      }
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b >= '\t' && b <= '\r';
  }
}
