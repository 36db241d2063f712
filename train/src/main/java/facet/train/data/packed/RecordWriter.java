package facet.train.data.packed;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import facet.train.text.TextFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Writes a RecordIO training set in insightface's layout, which [RecordFaces] and insightface
/// read: key 0 says where the images end, then the images, then one record a person.
public final class RecordWriter {
  private static final byte[] ZEROS = new byte[4];

  private final Path rec;
  private final OutputStream out;
  private final StringBuilder index = new StringBuilder();
  private long offset;

  private RecordWriter(Path rec, OutputStream out) {
    this.rec = rec;
    this.out = out;
  }

  /// One image on its way into a file.
  ///
  /// @param label of its person
  /// @param path from the folder that is packed
  /// @param encoded reads it: a JPEG or PNG as it would be in a file
  public record Image(int label, Path path, Supplier<byte[]> encoded) {}

  /// What is written, record by record.
  @FunctionalInterface
  interface Content {
    void writeTo(RecordWriter writer) throws IOException;
  }

  /// Writes `images`, which must be ordered by their labels 0, 1, 2, ..., to `rec`, its `.lst` and
  /// its `.idx`; the records do not appear before they are whole, the index comes last.
  public static void write(Path rec, List<Image> images) {
    write(
        rec,
        writer -> {
          writer.append(images);
          RecordList.write(
              rec,
              images.stream().map(Image::label).toList(),
              images.stream().map(Image::path).toList());
        });
  }

  /// The files that are written beside `rec`.
  public static List<Path> beside(Path rec) {
    return List.of(RecordIndex.fileOf(rec), RecordList.fileOf(rec));
  }

  static void write(Path rec, Content content) {
    var index = RecordIndex.fileOf(rec);
    var lines = new StringBuilder();
    TextFile.replace(
        rec,
        -1,
        channel -> {
          var out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
          var writer = new RecordWriter(rec, out);
          content.writeTo(writer);
          out.flush();
          lines.append(writer.index);
          // a set without its index is refused, one with another's index might be read
          Files.deleteIfExists(index);
        });
    TextFile.write(index, text -> text.append(lines));
  }

  private void append(List<Image> images) throws IOException {
    var starts = new ArrayList<Integer>();
    for (var i = 0; i < images.size(); i++) {
      if (images.get(i).label() == starts.size()) {
        starts.add(i + 1);
      } else if (images.get(i).label() != starts.size() - 1) {
        throw new IllegalArgumentException(format("image %d is out of order", i));
      }
    }
    var firstPerson = images.size() + 1;
    float[] ends = {firstPerson, firstPerson + starts.size()};
    append(0, ImageHeader.of(ends, 0), new byte[0]);
    for (var i = 0; i < images.size(); i++) {
      var image = images.get(i);
      append(i + 1, ImageHeader.of(image.label(), i + 1), image.encoded().get());
    }
    for (var p = 0; p < starts.size(); p++) {
      var end = p + 1 < starts.size() ? starts.get(p + 1) : firstPerson;
      var header = ImageHeader.of(new float[] {starts.get(p), end}, firstPerson + p);
      append(firstPerson + p, header, new byte[0]);
    }
    out.flush(); // a full disk is found before the list is replaced
  }

  /// Adds a record.
  void append(long key, ImageHeader header, byte[] payload) throws IOException {
    var head = header.toBytes();
    index.append(key).append('\t').append(offset).append('\n');
    writeRecord(ByteBuffer.allocate(head.length + payload.length).put(head).put(payload).array());
  }

  private void writeRecord(byte[] record) throws IOException {
    var words = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    var begin = 0;
    for (var i = 0; i + 4 <= record.length; i += 4) {
      if (words.getInt(i) == RecordFile.MAGIC) {
        chunk(begin == 0 ? RecordFile.FIRST : RecordFile.MIDDLE, record, begin, i);
        begin = i + 4;
      }
    }
    chunk(begin == 0 ? 0 : RecordFile.LAST, record, begin, record.length);
  }

  private void chunk(int flag, byte[] record, int from, int to) throws IOException {
    var length = to - from;
    if (length > RecordFile.MAX_LENGTH) {
      throw FacetException.data(rec, format("an image of %,d bytes", length), "make it smaller");
    }
    var padding = -length & 3;
    var head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    out.write(head.putInt(RecordFile.MAGIC).putInt(flag << 29 | length).array());
    out.write(record, from, length);
    out.write(ZEROS, 0, padding);
    offset += 8 + length + padding;
  }
}
