package facet.train.run;

import static facet.train.error.Printable.format;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// Scalars for TensorBoard: a file of TFRecords, each an `Event` message of TensorFlow's
/// `event.proto`, written by hand because five fields need no library.
///
///     record  = length:u64 masked(length):u32 event masked(event):u32            little-endian
///     Event   = 1: wall_time double, 2: step int64, 3: file_version string | 5: Summary
///     Summary = 1: Value;   Value = 1: tag string, 2: simple_value float
///
/// Every record is flushed, so a killed run keeps them.
final class EventFile implements AutoCloseable {
  private static final int VARINT = 0; // wire types of protocol buffers
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private static final String VERSION = "brain.Event:2";

  /// Bytes of a record beside its event, and of an event's time.
  private static final int RECORD = 16;

  private static final int TIME = 9;

  private final OutputStream out;

  private EventFile(OutputStream out) {
    this.out = out;
  }

  /// Starts a file in `folder`; TensorBoard joins those of a resumed run.
  static EventFile create(Path folder) throws IOException {
    var now = System.currentTimeMillis();
    var name = format("events.out.tfevents.%d.%d.facet", now / 1000, now % 1000);
    var out = Files.newOutputStream(folder.resolve(name), StandardOpenOption.CREATE_NEW);
    var file = new EventFile(out);
    var version = VERSION.getBytes(UTF_8);
    file.write(event(0, version.length + 8).put(key(3, BYTES)).put(bytes(version)));
    return file;
  }

  /// Cuts the files in `folder` off where the steps begin that a resumed run repeats or leaves:
  /// TensorBoard would show both.
  ///
  /// @param evaluation whether the evaluation after `firstStep` steps goes, too
  static void cut(Path folder, long firstStep, boolean evaluation) throws IOException {
    try (var files = Files.newDirectoryStream(folder, "events.out.tfevents.*.facet")) {
      for (var file : files) {
        try (var channel = FileChannel.open(file, READ, WRITE)) {
          channel.truncate(keptLength(channel, firstStep, evaluation));
        }
      }
    }
  }

  /// Where the first record begins that is cut off, or of a later step.
  private static long keptLength(FileChannel channel, long firstStep, boolean evaluation)
      throws IOException {
    var in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel)));
    for (var at = 0L; ; ) {
      var left = channel.size() - at;
      if (left < RECORD) {
        return at;
      }
      var length = Long.reverseBytes(in.readLong());
      if (length < 0 || length > left - RECORD) {
        return at;
      }
      in.skipNBytes(4);
      var event = in.readNBytes((int) length);
      in.skipNBytes(4);
      var step = stepOf(event);
      var evaluates = new String(event, UTF_8).contains("eval/");
      if (step > firstStep || step == firstStep && (evaluation || !evaluates) && isPoint(event)) {
        return at;
      }
      at += RECORD + length;
    }
  }

  /// The step of an event of this class: its second field, after the time.
  private static long stepOf(byte... event) {
    var step = 0L;
    if (event.length > TIME && event[TIME] == key(2, VARINT)) {
      for (int i = TIME + 1, shift = 0; i < event.length && shift < Long.SIZE; i++, shift += 7) {
        step |= (event[i] & 0x7fL) << shift;
        if (event[i] >= 0) {
          break;
        }
      }
    }
    return step;
  }

  /// Whether it is a point of a curve, not the beginning of a file.
  private static boolean isPoint(byte... event) {
    return !new String(event, UTF_8).contains(VERSION);
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
