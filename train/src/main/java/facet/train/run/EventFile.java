package facet.train.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.zip.CRC32C;

/// Scalars for TensorBoard: a file of TFRecords, each an `Event` message of TensorFlow's
/// `event.proto`, written by hand because five fields need no library.
///
///     record  = length:u64 masked(length):u32 event masked(event):u32            little-endian
///     Event   = 1: wall_time double, 2: step int64, 3: file_version string | 5: Summary
///     Summary = 1: Value;   Value = 1: tag string, 2: simple_value float
///
/// Every record is written through at once, so a killed run keeps them.
final class EventFile implements AutoCloseable {
  private static final int VARINT = 0; // wire types of protocol buffers
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final OutputStream out;

  private EventFile(OutputStream out) {
    this.out = out;
  }

  /// Starts a file in `folder`; TensorBoard joins those of a resumed run.
  static EventFile create(Path folder) throws IOException {
    var now = System.currentTimeMillis();
    var name =
        String.format(Locale.ROOT, "events.out.tfevents.%d.%d.facet", now / 1000, now % 1000);
    var out = Files.newOutputStream(folder.resolve(name), StandardOpenOption.CREATE_NEW);
    var file = new EventFile(out);
    var version = "brain.Event:2".getBytes(UTF_8);
    file.write(event(0, version.length + 8).put(key(3, BYTES)).put(bytes(version)));
    return file;
  }

  /// One point of the curve `tag`, such as `train/loss`.
  void scalar(String tag, long step, double value) throws IOException {
    var name = tag.getBytes(UTF_8);
    var point = ByteBuffer.allocate(name.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    point.put(key(1, BYTES)).put(bytes(name)).put(key(2, FIXED32)).putFloat((float) value);
    var summary = ByteBuffer.allocate(name.length + 24);
    summary.put(key(1, BYTES)).put(bytes(written(point)));
    write(event(step, name.length + 40).put(key(5, BYTES)).put(bytes(written(summary))));
  }

  /// The beginning of an event at this time, with room for `more` bytes.
  private static ByteBuffer event(long step, int more) {
    var event = ByteBuffer.allocate(32 + more).order(ByteOrder.LITTLE_ENDIAN);
    event.put(key(1, FIXED64)).putDouble(System.currentTimeMillis() / 1000.0);
    return step == 0 ? event : event.put(key(2, VARINT)).put(varint(step)); // 0 is the default
  }

  private void write(ByteBuffer event) throws IOException {
    var data = written(event);
    var length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
    var record = ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    record.put(length).putInt(maskedCrc(length)).put(data).putInt(maskedCrc(data));
    out.write(record.array());
  }

  /// TFRecord's checksum: CRC-32C, rotated and offset so that a checksum of checksums stays good.
  private static int maskedCrc(byte[] data) {
    var crc = new CRC32C();
    crc.update(data);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  private static byte key(int field, int wireType) {
    return (byte) (field << 3 | wireType);
  }

  private static byte[] bytes(byte[] content) {
    var length = varint(content.length);
    return ByteBuffer.allocate(length.length + content.length).put(length).put(content).array();
  }

  /// Seven bits a byte, the lowest first; all but the last have the top bit set.
  private static byte[] varint(long value) {
    var varint = ByteBuffer.allocate(10);
    var rest = value;
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      varint.put((byte) (rest | 0x80));
    }
    return written(varint.put((byte) rest));
  }

  private static byte[] written(ByteBuffer buffer) {
    var bytes = new byte[buffer.position()];
    buffer.get(0, bytes);
    return bytes;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
