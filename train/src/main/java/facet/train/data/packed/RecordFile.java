package facet.train.data.packed;

import static facet.train.error.Printable.format;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import facet.nn.io.FileKind;
import facet.train.error.FacetException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Reads dmlc's RecordIO, the format of MXNet's `.rec` files.
///
///     record = chunk+
///     chunk  = magic:u32 0xced7230a, (cflag << 29 | length):u32, data, zeros up to 4 bytes
///
/// All numbers are little-endian; `cflag` is 0 for a record in one chunk, else 1, 2, ..., 2, 3. A
/// record is cut wherever a 4-byte-aligned word of it equals the magic number; that word is left
/// out of the file, and the reader puts it back between the chunks.
///
/// The file is mapped into memory, so it may be larger than the heap and be read from several
/// threads at once.
final class RecordFile {
  static final int MAGIC = 0xced7230a;
  static final int MAX_LENGTH = (1 << 29) - 1;
  private static final int CHUNK_HEADER = 8;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int WHOLE = 0;
  static final int FIRST = 1;
  static final int MIDDLE = 2;
  static final int LAST = 3;

  private final Path file;
  private final MemorySegment bytes;

  private RecordFile(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  static RecordFile open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw FacetException.data(
          file,
          Files.exists(file) ? "not a file" : "no such file",
          "name a RecordIO file that ends in .rec");
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var size = channel.size();
      var kind = FileKind.of(file);
      if (kind != null && !kind.equals(FileKind.RECORD_IO)) {
        throw broken(file.toString(), "it is " + kind + ", not a RecordIO file");
      }
      if (size < CHUNK_HEADER) {
        throw broken(file.toString(), "%d bytes hold no record", size);
      }
      return new RecordFile(
          file, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto()));
    } catch (IOException e) {
      throw FacetException.data(
          file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
    }
  }

  /// The file that belongs to `rec` under this ending.
  static Path beside(Path rec, String ending) {
    return rec.resolveSibling(
        rec.getFileName().toString().replaceFirst("(?i)\\.rec$", "") + ending);
  }

  Path file() {
    return file;
  }

  /// Its length in bytes.
  long size() {
    return bytes.byteSize();
  }

  /// One part of a record.
  ///
  /// @param data offset of its bytes
  private record Chunk(int flag, long data, int length) {}

  private Chunk chunk(long offset) {
    if (offset < 0 || (offset & 3) != 0 || offset > bytes.byteSize() - CHUNK_HEADER) {
      throw broken(
          at(offset),
          "no record can begin here (the file has %,d bytes, records begin at multiples of 4)",
          bytes.byteSize());
    }
    var magic = bytes.get(INT, offset);
    if (magic != MAGIC) {
      throw broken(at(offset), "0x%08x is not the 0x%08x with which a record begins", magic, MAGIC);
    }
    var word = bytes.get(INT, offset + 4);
    var length = word & MAX_LENGTH;
    var data = offset + CHUNK_HEADER;
    if (length > bytes.byteSize() - data) {
      throw broken(
          at(offset),
          "the record is cut off: %,d bytes announced, %,d left in the file",
          length,
          bytes.byteSize() - data);
    }
    return new Chunk(word >>> 29, data, length);
  }

  /// The record that begins at `offset`, its chunks joined.
  byte[] read(long offset) {
    return read(offset, MAX_LENGTH);
  }

  /// The first `most` bytes of the record at `offset`, all of it if it is shorter.
  private byte[] read(long offset, int most) {
    var length = length(offset, most);
    var joined = new byte[length];
    var chunk = chunk(offset);
    var next = offset;
    for (var end = copy(chunk, joined, 0); end < length; ) {
      next = after(next, chunk);
      chunk = chunk(next);
      for (var shift = 0; shift < Integer.SIZE && end < length; shift += Byte.SIZE) {
        joined[end++] = (byte) (MAGIC >>> shift);
      }
      end = copy(chunk, joined, end);
    }
    return joined;
  }

  /// How long the record at `offset` is, or `most` if it is longer.
  private int length(long offset, int most) {
    var chunk = chunk(offset);
    require(chunk.flag == WHOLE || chunk.flag == FIRST, offset, chunk);
    var length = (long) chunk.length;
    for (var next = offset; chunk.flag != WHOLE && chunk.flag != LAST && length < most; ) {
      next = after(next, chunk);
      chunk = chunk(next);
      require(chunk.flag == MIDDLE || chunk.flag == LAST, next, chunk);
      length += Integer.BYTES + chunk.length;
    }
    if (length > MAX_LENGTH) {
      throw broken(at(offset), "a record of more than %,d bytes", MAX_LENGTH);
    }
    return (int) Math.min(length, most);
  }

  /// Whether the record at `offset` has more than its header.
  boolean hasImage(long offset) {
    var header = header(offset).length();
    return length(offset, header + 1) > header;
  }

  /// Where the record after the one at `offset` begins.
  long end(long offset) {
    var at = offset;
    var chunk = chunk(at);
    while (chunk.flag != WHOLE && chunk.flag != LAST) {
      at = after(at, chunk);
      chunk = chunk(at);
    }
    return after(at, chunk);
  }

  /// How many records begin from `from` to before `to`; what is damaged there counts as one.
  long count(long from, long to) {
    var count = 0L;
    try {
      for (var at = from; at < to; at = end(at)) {
        count++;
      }
    } catch (FacetException e) {
      // the rest cannot be told apart
    }
    return count;
  }

  /// Where the chunk after the one at `offset` begins.
  private static long after(long offset, Chunk chunk) {
    return offset + CHUNK_HEADER + ((chunk.length + 3L) & ~3L);
  }

  /// Copies as much of a chunk as there is room for and returns where it ends.
  private int copy(Chunk chunk, byte[] target, int at) {
    var length = Math.min(chunk.length, target.length - at);
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, chunk.data, target, at, length);
    return at + length;
  }

  /// The image header of the record at `offset`.
  ImageHeader header(long offset) {
    var start = read(offset, Integer.BYTES);
    return ImageHeader.read(read(offset, ImageHeader.length(start)), at(offset));
  }

  private void require(boolean holds, long offset, Chunk chunk) {
    if (!holds) {
      throw broken(at(offset), "the part of a record numbered %d stands out of order", chunk.flag);
    }
  }

  /// A place in this file, for messages.
  String at(long offset) {
    return format("%s, byte %d", file, offset);
  }

  @FormatMethod
  static FacetException broken(String where, @FormatString String pattern, Object... arguments) {
    return broken(where, format(pattern, arguments));
  }

  static FacetException broken(String where, String problem) {
    return FacetException.data(
        where, problem, "copy the .rec and .idx again or make them with 'facet pack'");
  }
}
