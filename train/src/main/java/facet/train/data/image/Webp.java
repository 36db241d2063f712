package facet.train.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// What the reader of WebP must not see, and what it would pass over. The file is a `RIFF` of its
/// length, then chunks: a name of four letters, a length, that many bytes and one more if it is
/// odd.
final class Webp {
  private static final int CHUNKS = 12; // where they begin

  private Webp() {}

  static boolean isWebp(byte[] file) {
    return file.length >= CHUNKS && is("RIFF", file, 0) && is("WEBP", file, 8);
  }

  private static boolean is(String name, byte[] file, int at) {
    return new String(file, at, 4, StandardCharsets.US_ASCII).equals(name);
  }

  /// Whether it is shorter than its header says: its reader would fill up what is missing.
  static boolean isCutShort(byte[] file) {
    return file.length < 8 + length(file, 4);
  }

  /// A length that stands at a place of the file.
  private static long length(byte[] file, int at) {
    return Integer.toUnsignedLong(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(at));
  }

  /// The file with the colour profile under a name that says nothing: the reader would apply it.
  static byte[] withoutProfile(byte[] file) {
    var copy = file;
    for (long at = CHUNKS; at + 8 <= file.length; ) {
      var chunk = (int) at;
      if (is("ICCP", file, chunk)) {
        copy = copy == file ? file.clone() : copy;
        copy[chunk] = 'X';
      }
      var length = length(file, chunk + 4);
      at += 8 + length + (length & 1);
    }
    return copy;
  }
}
