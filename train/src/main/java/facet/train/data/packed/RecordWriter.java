package facet.train.data.packed;

import facet.train.error.FacetException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Writes a RecordIO training set in insightface's layout, which [RecordFaces] and insightface
/// read: key 0 says where the images end, then the images, then one record a person.
public final class RecordWriter implements AutoCloseable {
  private static final byte[] ZEROS = new byte[4];

  private final Path rec;
  private final OutputStream out;
  private final Writer index;
  private long offset;

  private RecordWriter(Path rec, OutputStream out, Writer index) {
    this.rec = rec;
    this.out = out;
    this.index = index;
  }

  /// One image on its way into a file.
  ///
  /// @param label of its person
  /// @param path from the folder that is packed
  /// @param encoded reads it: a JPEG or PNG as it would be in a file
  public record Image(int label, Path path, Supplier<byte[]> encoded) {}

  /// Writes `images`, which must be ordered by their labels 0, 1, 2, ..., to `rec`, its `.idx`
  /// and its `.lst`; none appears before all are whole.
  public static void write(Path rec, List<Image> images) {
    var temporary = rec.resolveSibling(rec.getFileName() + ".tmp.rec");
    var index = RecordIndex.fileOf(temporary);
    try {
      writeAll(temporary, images);
      // a set without its index is refused, one with another's index might be read
      Files.deleteIfExists(RecordIndex.fileOf(rec));
      RecordList.write(
          rec,
          images.stream().map(Image::label).toList(),
          images.stream().map(Image::path).toList());
      Files.move(temporary, rec, StandardCopyOption.ATOMIC_MOVE);
      Files.move(index, RecordIndex.fileOf(rec), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw cannotWrite(rec, e);
    } finally {
      remove(temporary);
      remove(index);
    }
  }

  /// Removes what a failure left.
  private static void remove(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // The first failure is the one to report.
    }
  }

  private static void writeAll(Path rec, List<Image> images) {
    try (var writer = create(rec)) {
      var starts = new ArrayList<Integer>();
      for (var i = 0; i < images.size(); i++) {
        if (images.get(i).label() == starts.size()) {
          starts.add(i + 1);
        } else if (images.get(i).label() != starts.size() - 1) {
          throw new IllegalArgumentException(
              String.format(Locale.ROOT, "image %d is out of order", i));
        }
      }
      var firstPerson = images.size() + 1;
      float[] ends = {firstPerson, firstPerson + starts.size()};
      writer.append(0, ImageHeader.of(ends, 0), new byte[0]);
      for (var i = 0; i < images.size(); i++) {
        var image = images.get(i);
        writer.append(i + 1, ImageHeader.of(image.label(), i + 1), image.encoded().get());
      }
      for (var p = 0; p < starts.size(); p++) {
        var end = p + 1 < starts.size() ? starts.get(p + 1) : firstPerson;
        var header = ImageHeader.of(new float[] {starts.get(p), end}, firstPerson + p);
        writer.append(firstPerson + p, header, new byte[0]);
      }
    }
  }

  static RecordWriter create(Path rec) {
    try {
      Files.createDirectories(rec.toAbsolutePath().getParent());
      return new RecordWriter(
          rec,
          new BufferedOutputStream(Files.newOutputStream(rec), 1 << 16),
          Files.newBufferedWriter(RecordIndex.fileOf(rec)));
    } catch (IOException e) {
      throw cannotWrite(rec, e);
    }
  }

  /// Adds a record.
  void append(long key, ImageHeader header, byte[] payload) {
    var head = header.toBytes();
    var record = ByteBuffer.allocate(head.length + payload.length).put(head).put(payload).array();
    try {
      index.write(key + "\t" + offset + "\n");
      writeRecord(record);
    } catch (IOException e) {
      throw cannotWrite(rec, e);
    }
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
      throw FacetException.data(
          rec, String.format(Locale.ROOT, "an image of %,d bytes", length), "make it smaller");
    }
    var padding = -length & 3;
    var head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    out.write(head.putInt(RecordFile.MAGIC).putInt(flag << 29 | length).array());
    out.write(record, from, length);
    out.write(ZEROS, 0, padding);
    offset += 8 + length + padding;
  }

  private static FacetException cannotWrite(Path file, IOException e) {
    return FacetException.disk(file, "free space", e);
  }

  @Override
  public void close() {
    try (out;
        index) {
      out.flush();
    } catch (IOException e) {
      throw cannotWrite(rec, e);
    }
  }
}
