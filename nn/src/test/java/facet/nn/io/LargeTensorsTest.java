package facet.nn.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tensors of more elements than an array holds, as heads of more than 4.19 million people are,
/// read from a file of holes and written to nowhere.
class LargeTensorsTest {
  private static final int ROWS = 4_300_000;
  private static final int D = 512;
  private static final long BYTES = 4L * ROWS * D; // of one of the two tensors

  @TempDir private Path folder;

  @Test
  void readsBeyondElementsAndBytesOfAnInt() throws IOException {
    var json =
        String.format(
            Locale.ROOT,
            "{'head':{'dtype':'F32','shape':[%1$d,%2$d],'data_offsets':[0,%3$d]},"
                + "'moment':{'dtype':'F32','shape':[%1$d,%2$d],'data_offsets':[%3$d,%4$d]},"
                + "'small':{'dtype':'F32','shape':[2],'data_offsets':[%4$d,%5$d]}}",
            ROWS,
            D,
            BYTES,
            2 * BYTES,
            2 * BYTES + 8);
    var header = json.replace('\'', '"').getBytes(UTF_8);
    var file = folder.resolve("large.safetensors");
    var data = 8L + header.length;
    var elements =
        new long[] {0, 1L << 29, (1L << 29) + 1, 1L << 30, 1L << 31, (long) ROWS * D - 1};
    try (var channel = FileChannel.open(file, CREATE_NEW, WRITE, SPARSE)) {
      channel.write(ByteBuffer.allocate(8).order(LITTLE_ENDIAN).putLong(0, header.length), 0);
      channel.write(ByteBuffer.wrap(header), 8);
      for (var k = 0; k < elements.length; k++) {
        put(channel, data + 4 * elements[k], k + 1);
        put(channel, data + BYTES + 4 * elements[k], -k - 1);
      }
      put(channel, data + 2 * BYTES + 4, 7);
    }
    try (var reader = SafetensorsReader.open(file)) {
      assertThat(reader.shapes()).containsEntry("head", Shape.inFile(ROWS, D));
      var one = new float[1];
      for (var k = 0; k < elements.length; k++) {
        reader.read("head", elements[k], one, 0, 1);
        assertThat(one[0]).isEqualTo(k + 1);
        reader.read("moment", elements[k], one, 0, 1);
        assertThat(one[0]).isEqualTo(-k - 1);
      }
      assertThat(reader.floats("small")).containsExactly(0, 7);
      assertThatThrownBy(() -> reader.read("head", (long) ROWS * D, one, 0, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> reader.floats("head"))
          .isInstanceOf(SafetensorsException.class)
          .hasMessageContaining("tensor 'head' is [4300000, 512], more elements than are read");
    }
  }

  private static void put(FileChannel channel, long at, float value) throws IOException {
    channel.write(ByteBuffer.allocate(4).order(LITTLE_ENDIAN).putFloat(0, value), at);
  }

  /// Keeps the floats that are not 0, by their place.
  private static final class Nowhere implements WritableByteChannel {
    private final Map<Long, Float> found = new HashMap<>();
    private long written;

    @Override
    public int write(ByteBuffer bytes) {
      var length = bytes.remaining();
      var edge = bytes.duplicate().order(LITTLE_ENDIAN);
      for (var at = bytes.position(); at < bytes.limit(); at += length - 4) { // first and last
        var value = edge.getFloat(at);
        if (value != 0) {
          found.put(written + at - bytes.position(), value);
        }
      }
      bytes.position(bytes.limit());
      written += length;
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  void writesBeyondElementsAndBytesOfAnInt() throws IOException {
    var last = (long) ROWS * D - 1;
    SafetensorsWriter.Source source =
        (first, chunk) -> {
          var end = first + chunk.remaining() / 4;
          chunk.putFloat(0, first == 1L << 31 ? 5 : 0);
          chunk.putFloat(chunk.limit() - 4, end > last ? 6 : 0);
        };
    var nowhere = new Nowhere();
    new SafetensorsWriter()
        .add("head", DType.F32, Shape.inFile(ROWS, D), source)
        .add("moment", Shape.of(2), new float[] {8, 9}, 0)
        .writeData(nowhere, new CRC32C());
    assertThat(nowhere.written).isEqualTo(BYTES + 8);
    assertThat(nowhere.found)
        .containsOnly(
            Map.entry(1L << 33, 5f),
            Map.entry(4 * last, 6f),
            Map.entry(BYTES, 8f),
            Map.entry(BYTES + 4, 9f));
  }
}
