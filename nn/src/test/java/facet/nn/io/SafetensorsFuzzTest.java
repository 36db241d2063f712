package facet.nn.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever the bytes, the reader succeeds or throws a SafetensorsException, soon and in little
/// heap.
class SafetensorsFuzzTest {
  private static final String HEADER =
      "{\"__metadata__\":{\"k\":\"v\\u00e9\"},"
          + "\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
          + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[24,27]}}";

  @TempDir Path folder;

  private static byte[] withoutChecksum() {
    var bytes = ByteBuffer.allocate(8 + HEADER.length() + 27).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putLong(HEADER.length()).put(HEADER.getBytes(UTF_8)).array();
  }

  @Test
  void mutationsEndInAnswerOrTypedError() throws IOException {
    var file = folder.resolve("mutant.safetensors");
    new SafetensorsWriter().metadata("k", "v").add("w", Shape.of(2), new float[2], 0).write(file);
    var seeds = new byte[][] {Files.readAllBytes(file), withoutChecksum()};
    var random = new Random(20_000);
    var accepted = 0;
    var refused = 0;
    for (var i = 0; i < 20_000; i++) {
      Files.delete(file); // a file that is cut off and written again waits for the disk
      Files.write(file, mutate(seeds[i % 2], random));
      try (var reader = SafetensorsReader.open(file)) {
        for (var name : reader.shapes().keySet()) {
          var t = reader.tensor(name);
          assertThat(t.end() - t.begin()).isEqualTo(t.byteSize());
          if (t.dtype() == DType.F32) {
            assertThat(reader.floats(name)).hasSize(t.shape().size());
          }
        }
        accepted++;
      } catch (SafetensorsException e) {
        assertThat(e).hasMessageStartingWith(file + ": ");
        refused++;
      }
    }
    assertThat(accepted).isGreaterThan(100);
    assertThat(refused).isGreaterThan(10_000);
  }

  private static byte[] mutate(byte[] seed, Random random) {
    var bytes = seed.clone();
    var edits = 1 + random.nextInt(3);
    for (var e = 0; e < edits; e++) {
      var at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes[at] = (byte) "{}[]\":,0123456789 \\".charAt(random.nextInt(19));
        case 3 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
        default -> {
          var length = Math.min(random.nextInt(16), bytes.length - at);
          System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
        }
      }
    }
    return bytes;
  }

  /// Headers near the limit of 100 MB, read in a JVM with 64 MB of heap.
  @ParameterizedTest
  @ValueSource(strings = {"spaces", "name", "tensors", "metadata", "brackets"})
  void hostileHeadersNeedLittleHeapAndTime(String kind) throws Exception {
    var file = folder.resolve(kind + ".safetensors");
    var unit =
        switch (kind) {
          case "spaces" -> " ".repeat(100);
          case "name" -> "\"" + "x".repeat(98) + "x";
          case "tensors" -> "\"%07d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},";
          case "metadata" -> "\"%07d\":\"\",";
          default -> "[".repeat(100);
        };
    writeHeader(file, kind, unit);
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var log = folder.resolve("log").toFile();
    var process =
        new ProcessBuilder(
                java,
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Open.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    var output = Files.readString(log.toPath());
    assertThat(output).startsWith("refused in ");
    assertThat(Double.parseDouble(output.split(" ")[2])).isLessThan(5000);
  }

  private static void writeHeader(Path file, String kind, String unit) throws IOException {
    var length = 99_000_000;
    try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
      var start = kind.equals("metadata") ? "{\"__metadata__\":{" : "{";
      out.write(start.getBytes(UTF_8));
      var written = start.length();
      for (var i = 0; written < length; i++) {
        var piece = String.format(Locale.ROOT, unit, i).getBytes(UTF_8);
        var count = Math.min(piece.length, length - written);
        out.write(piece, 0, count);
        written += count;
      }
    }
  }

  /// Opens the file of its argument and prints how that ended.
  static final class Open {
    private Open() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws WeightFileException {
      var start = System.nanoTime();
      try (var reader = SafetensorsReader.open(Path.of(arguments[0]))) {
        System.out.println("accepted " + reader.shapes().size());
      } catch (SafetensorsException e) {
        System.out.println("refused in " + (System.nanoTime() - start) / 1e6 + " ms: " + e);
      }
    }
  }
}
