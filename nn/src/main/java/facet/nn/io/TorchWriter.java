package facet.nn.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import facet.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Writes a `state_dict` of float tensors as `torch.save` does, in the zip format of PyTorch 1.6
/// and later; `torch.load(file, weights_only=True)` reads it.
public final class TorchWriter {
  private static final int CHUNK = 1 << 20; // bytes

  private static final LocalDateTime SAME_TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

  private record Entry(String name, Shape shape, Supplier<float[]> values) {}

  private final List<Entry> entries = new ArrayList<>();

  /// Adds a tensor; `values` is asked for its elements, row-major, when the file is written.
  public TorchWriter add(String name, Shape shape, Supplier<float[]> values) {
    entries.add(new Entry(name, shape, values));
    return this;
  }

  /// Writes the file, replacing an old one of that name in one step.
  ///
  /// @throws DiskException when there is no room; the old file is as it was
  public void write(Path file) throws DiskException {
    var size = 0L;
    for (var e : entries) {
      size += (long) Float.BYTES * e.shape.size();
    }
    AtomicFile.write(
        file,
        size,
        channel -> {
          var zip = new ZipOutputStream(Channels.newOutputStream(channel));
          store(zip, "data.pkl", pickle());
          store(zip, "byteorder", "little".getBytes(US_ASCII));
          for (var i = 0; i < entries.size(); i++) {
            store(zip, "data/" + i, entries.get(i).values.get());
          }
          store(zip, "version", "3\n".getBytes(US_ASCII));
          zip.finish();
        });
  }

  private static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    var crc = new CRC32();
    crc.update(bytes);
    begin(zip, name, bytes.length, crc);
    zip.write(bytes);
    zip.closeEntry();
  }

  private static void store(ZipOutputStream zip, String name, float[] values) throws IOException {
    var crc = new CRC32();
    encode(
        values,
        new OutputStream() {
          @Override
          public void write(int b) {
            crc.update(b);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
          }
        });
    begin(zip, name, (long) Float.BYTES * values.length, crc);
    encode(values, zip);
    zip.closeEntry();
  }

  private static void begin(ZipOutputStream zip, String name, long size, CRC32 crc)
      throws IOException {
    var entry = new ZipEntry("archive/" + name);
    entry.setTimeLocal(SAME_TIME); // the same weights are the same bytes
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(size);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
  }

  private static void encode(float[] values, OutputStream out) throws IOException {
    var chunk = ByteBuffer.allocate(CHUNK).order(LITTLE_ENDIAN);
    for (var from = 0; from < values.length; from += CHUNK / Float.BYTES) {
      var count = Math.min(CHUNK / Float.BYTES, values.length - from);
      chunk.asFloatBuffer().put(values, from, count);
      out.write(chunk.array(), 0, count * Float.BYTES);
    }
  }

  /// An OrderedDict of names and tensors, protocol 2.
  private byte[] pickle() {
    var out = new Pickler();
    out.opcode(0x80).opcode(2);
    out.orderedDict().opcode('(');
    for (var i = 0; i < entries.size(); i++) {
      var e = entries.get(i);
      out.text(e.name).name("torch._utils", "_rebuild_tensor_v2").opcode('(');
      out.opcode('(').text("storage").name("torch", "FloatStorage");
      out.text(Integer.toString(i)).text("cpu").integer(e.shape.size()).opcode('t').opcode('Q');
      out.integer(0).tuple(e.shape.toArray()).tuple(strides(e.shape));
      out.opcode(0x89).orderedDict(); // requires_grad False, no hooks
      out.opcode('t').opcode('R');
    }
    return out.opcode('u').opcode('.').bytes.toByteArray();
  }

  private static int[] strides(Shape shape) {
    var strides = new int[shape.rank()];
    var stride = 1;
    for (var axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape.dim(axis);
    }
    return strides;
  }

  /// The instructions that this pickle needs.
  private static final class Pickler {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Pickler opcode(int code) {
      bytes.write(code);
      return this;
    }

    Pickler integer(int value) {
      bytes.write('J');
      bytes.writeBytes(
          ByteBuffer.allocate(Integer.BYTES).order(LITTLE_ENDIAN).putInt(value).array());
      return this;
    }

    Pickler text(String text) {
      var utf8 = text.getBytes(UTF_8);
      bytes.write('X');
      bytes.writeBytes(
          ByteBuffer.allocate(Integer.BYTES).order(LITTLE_ENDIAN).putInt(utf8.length).array());
      bytes.writeBytes(utf8);
      return this;
    }

    Pickler name(String module, String name) {
      bytes.writeBytes(("c" + module + "\n" + name + "\n").getBytes(US_ASCII));
      return this;
    }

    Pickler tuple(int[] values) {
      opcode('(');
      for (var value : values) {
        integer(value);
      }
      return opcode('t');
    }

    Pickler orderedDict() {
      return name("collections", "OrderedDict").opcode(')').opcode('R');
    }
  }
}
