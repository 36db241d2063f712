package facet.train.text;

import static java.nio.charset.StandardCharsets.US_ASCII;

import facet.nn.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// NumPy's `.npy` files, version 1.0.
public final class NumpyFile {
  private static final int ALIGNMENT = 64;
  private static final int PREAMBLE = 10; // magic, version, length of the header

  private NumpyFile() {}

  /// Hands out the rows of a matrix.
  @FunctionalInterface
  public interface Content {
    void writeTo(Rows rows) throws IOException;
  }

  /// Takes the next rows of a matrix: the first `count` times its columns of `values`.
  @FunctionalInterface
  public interface Rows {
    void write(float[] values, int count) throws IOException;
  }

  /// Writes a matrix of float32, which may be larger than the memory.
  public static void write(Path file, int rows, int columns, Content content) {
    var header =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }";
    var padding = Math.floorMod(-(PREAMBLE + header.length() + 1), ALIGNMENT);
    var text = (header + " ".repeat(padding) + "\n").getBytes(US_ASCII);
    var start = ByteBuffer.allocate(PREAMBLE + text.length).order(ByteOrder.LITTLE_ENDIAN);
    start.put((byte) 0x93).put("NUMPY".getBytes(US_ASCII)).put((byte) 1).put((byte) 0);
    start.putShort((short) text.length).put(text).flip();
    TextFile.replace(
        file,
        start.remaining() + (long) Float.BYTES * rows * columns,
        channel -> {
          AtomicFile.writeFully(channel, start);
          var row = ByteBuffer.allocate(Float.BYTES * columns).order(ByteOrder.LITTLE_ENDIAN);
          content.writeTo(
              (values, count) -> {
                for (var r = 0; r < count; r++) {
                  row.clear();
                  row.asFloatBuffer().put(values, r * columns, columns);
                  AtomicFile.writeFully(channel, row);
                }
              });
        });
  }
}
