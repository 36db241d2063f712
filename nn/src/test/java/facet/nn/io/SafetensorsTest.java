package facet.nn.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.Shape;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;

  private Path writeSmall() throws IOException {
    var file = folder.resolve("small.safetensors");
    new SafetensorsWriter()
        .metadata("step", "12")
        .add("w", Shape.of(2, 3), new float[] {9, 1, 2, 3, 4, 5, 6}, 1)
        .add("b", DType.U8, Shape.of(3), (first, chunk) -> chunk.put(new byte[] {-1, 0, 1}))
        .write(file);
    return file;
  }

  /// A file with the given header, each `'` standing for `"`, and `size` bytes of data.
  private Path raw(String header, int size) throws IOException {
    var json = header.replace('\'', '"').getBytes(UTF_8);
    var bytes = ByteBuffer.allocate(8 + json.length + size).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    return Files.write(folder.resolve("raw.safetensors"), bytes.array());
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(SafetensorsTest.class.getResource(name)).toURI());
  }

  @Test
  void everyTypeComesBackBitForBit() throws IOException {
    var file = folder.resolve("new/folder/all.safetensors");
    var floats = new float[] {0, -0f, Float.NaN, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, 1e30f};
    new SafetensorsWriter()
        .metadata("text", "a \"quoted\"\n\\line\\ é \uD83D\uDE00 \u0001")
        .add("bytes", DType.U8, Shape.of(3), (first, chunk) -> chunk.put(new byte[] {-1, 0, 1}))
        .add("floats", Shape.of(2, 3), floats, 0)
        .add("doubles", DType.F64, Shape.of(1), (first, chunk) -> chunk.putDouble(Math.PI))
        .add("longs", DType.I64, Shape.of(1), (first, chunk) -> chunk.putLong(Long.MIN_VALUE))
        .add("ints", Shape.of(1, 1), new int[] {-7})
        .add("scalar", Shape.of(), new float[] {3}, 0)
        .add("none", Shape.of(0, 4), new float[0], 0)
        .add("na\"me é", Shape.of(1), new float[] {4}, 0)
        .write(file);
    try (var reader = SafetensorsReader.open(file)) {
      assertThat(reader.metadata())
          .containsEntry("text", "a \"quoted\"\n\\line\\ é \uD83D\uDE00 \u0001")
          .containsKey("crc32c");
      assertThat(reader.shapes().keySet())
          .containsExactly(
              "doubles", "longs", "floats", "ints", "na\"me é", "none", "scalar", "bytes");
      assertThat(reader.tensor("floats").shape()).isEqualTo(Shape.of(2, 3));
      assertThat(reader.floats("floats")).containsExactly(floats);
      var data = TensorData.of(file);
      assertThat(data.of(reader.tensor("doubles")).getDouble()).isEqualTo(Math.PI);
      assertThat(reader.floats("doubles")).containsExactly((float) Math.PI);
      assertThat(data.of(reader.tensor("longs")).getLong()).isEqualTo(Long.MIN_VALUE);
      assertThat(data.of(reader.tensor("ints")).getInt()).isEqualTo(-7);
      assertThat(data.of(reader.tensor("bytes"))).isEqualTo(ByteBuffer.wrap(new byte[] {-1, 0, 1}));
      assertThat(reader.floats("scalar")).containsExactly(3);
      assertThat(reader.floats("none")).isEmpty();
      assertThat(reader.floats("na\"me é")).containsExactly(4);
      var part = new float[4];
      reader.read("floats", 4, part, 1, 2);
      assertThat(part).containsExactly(0, Float.NEGATIVE_INFINITY, 1e30f, 0);
    }
    assertThat(AtomicFile.temporary(file)).doesNotExist();
  }

  @Test
  void longTensorsAreWrittenInChunks() throws IOException {
    var file = folder.resolve("long.safetensors");
    var data = new float[700_001];
    var random = new Random(1);
    for (var i = 0; i < data.length; i++) {
      data[i] = random.nextFloat();
    }
    new SafetensorsWriter().add("x", Shape.of(data.length - 1), data, 1).write(file);
    try (var reader = SafetensorsReader.open(file)) {
      assertThat(reader.floats("x")).isEqualTo(Arrays.copyOfRange(data, 1, data.length));
    }
  }

  @Test
  void readsWhatPythonWrote() throws Exception {
    try (var reader = SafetensorsReader.open(resource("python.safetensors"))) {
      assertThat(reader.metadata()).containsEntry("format", "pt").containsEntry("note", "größe");
      assertThat(reader.floats("f32")).containsExactly(1, -2, 0.5f, 3, 4, 5);
      assertThat(reader.tensor("f32").shape()).isEqualTo(Shape.of(2, 3));
      assertThat(reader.floats("f16")).containsExactly(1, -2.5f, 65504, 0);
      assertThat(reader.floats("bf16")).containsExactly(1, -2.5f, 3.3895314e38f);
      var data = TensorData.of(reader.file());
      assertThat(data.of(reader.tensor("f64")).getDouble()).isEqualTo(Math.PI);
      assertThat(data.of(reader.tensor("i64")).getLong()).isEqualTo(1L << 40);
      assertThat(data.of(reader.tensor("i32")).getInt()).isEqualTo(-5);
      assertThat(data.of(reader.tensor("u8"))).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, -1}));
    }
  }

  @Test
  void anyFlippedByteIsNoticed() throws IOException {
    var file = writeSmall();
    var good = Files.readAllBytes(file);
    var unnoticed = 0;
    for (var i = 0; i < good.length; i++) {
      var bad = good.clone();
      bad[i] ^= 1;
      Files.write(file, bad);
      try (var reader = SafetensorsReader.open(file)) {
        assertThat(reader.shapes()).isNotEmpty();
        unnoticed++;
      } catch (SafetensorsException e) {
        assertThat(e).hasMessageStartingWith(file + ": ");
      }
    }
    assertThat(unnoticed).isZero();
  }

  @Test
  void aFlippedDataByteNamesTheFileAndTheChecksum() throws IOException {
    var file = writeSmall();
    var bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 4;
    Files.write(file, bytes);
    assertThatThrownBy(() -> SafetensorsReader.open(file))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageMatching(
            ".*small.safetensors: the checksum is [0-9a-f]{8}, but crc32c says [0-9a-f]{8}: the"
                + " file is damaged \\(values .*without crc32c and writer\\)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],"
            + "'data_offsets':[4,8]}} | 8 | the key 'a' occurs twice",
        "{'__metadata__':{'k':'v','k':'v'}} | 0 | the key 'k' of __metadata__ occurs twice",
        "{'a':{'dtype':'F32','dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 4 |"
            + " the field 'dtype' of tensor 'a' occurs twice",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],"
            + "'data_offsets':[2,6]}} | 6 | tensor 'b': data_offsets begin at 2, but the tensor"
            + " before it ends at 4 (an overlap)",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 8 | tensor 'a': data_offsets"
            + " begin at 4, but the tensor before it ends at 0 (a hole)",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 3 | the tensors need 4 bytes of"
            + " data, the file has 3: it is cut off or has too much",
        "{} | 1 | the tensors need 0 bytes of data, the file has 1",
        "{'a':{'dtype':'F32','shape':[2,2],'data_offsets':[0,12]}} | 12 | tensor 'a': data_offsets"
            + " [0, 12] span 12 bytes, but dtype F32 and shape [2, 2] need 16",
        "{'a':{'dtype':'F8','shape':[1],'data_offsets':[0,4]}} | 4 | tensor 'a': dtype F8 is not"
            + " one of [F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL]",
        "{'a':{'dtype':'U8','shape':[65536,65536],'data_offsets':[0,0]}} | 0 | tensor 'a':"
            + " data_offsets [0, 0] span 0 bytes, but dtype U8 and shape [65536, 65536] need"
            + " 4294967296",
        "{'a':{'dtype':'U8','shape':[65536,65536,65536,65536],'data_offsets':[0,0]}} | 0 | beyond",
        "{'a':{'dtype':'U8','shape':[99999999999],'data_offsets':[0,0]}} | 0 | beyond any tensor",
        "{'a':{'dtype':'U8','shape':[0],'data_offsets':[1,0]}} | 0 | ascending order: [1, 0]",
        "{'a':{'dtype':'U8','shape':[0],'data_offsets':[0]}} | 0 | data_offsets are not",
        "{'a':{'dtype':'U8','shape':[-1],'data_offsets':[0,0]}} | 0 | non-negative integer",
        "{'a':{'dtype':'U8','shape':[01],'data_offsets':[0,1]}} | 1 | leading zero",
        "{'a':{'dtype':'U8','shape':[1.0],'data_offsets':[0,1]}} | 1 | expected ']'",
        "{'a':{'dtype':'U8','shape':[99999999999999999999],'data_offsets':[0,1]}} | 1 | 64 bits",
        "{'a':{'dtype':'U8','shape':[1]}} | 1 | tensor 'a' lacks one of",
        "{'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1],'x':1}} | 1 | unknown field 'x'",
        "{'a':{'dtype':'U8','shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],'data_offsets':[0,1]}} | 1"
            + " | more than 16 numbers",
        "{'a':7} | 0 | expected '{'",
        "{'a' | 0 | expected ':'",
        "{'__metadata__':{'k':1}} | 0 | expected '\"'",
        "{'__metadata__':{'k':'\\x'}} | 0 | unknown escape",
        "{'__metadata__':{'k':'\\ud800'}} | 0 | surrogate",
        "{'__metadata__':{'k':'\\u12g4'}} | 0 | bad \\u escape",
        "{'__metadata__':{'k':'v | 0 | ends early",
        "{}x | 0 | after the closing brace",
        "[] | 0 | header, byte 0: expected '{'",
      })
  void refusesABadHeader(String header, int size, String message) throws IOException {
    var file = raw(header, size);
    assertThatThrownBy(() -> SafetensorsReader.open(file))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void readsEscapesAndSpaceOfOtherWriters() throws IOException {
    var file = raw(" { '__metadata__' : {'k': '\\u00e9\\ud83d\\ude00\\/\\t' , 'l':''} }\n ", 0);
    try (var reader = SafetensorsReader.open(file)) {
      assertThat(reader.metadata()).containsEntry("k", "é\uD83D\uDE00/\t").containsEntry("l", "");
      assertThat(reader.shapes()).isEmpty();
    }
  }

  @Test
  void refusesWhatIsNoSafetensorsFile() throws IOException {
    assertThatThrownBy(() -> SafetensorsReader.open(folder))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining("is a folder");
    assertThatThrownBy(() -> SafetensorsReader.open(folder.resolve("missing")))
        .isInstanceOf(WeightFileException.class)
        .hasMessage(folder.resolve("missing") + ": there is no such file");
    var empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> SafetensorsReader.open(empty))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("it is an empty file");
    var huge = Files.write(folder.resolve("huge"), new byte[] {0, 0, 0, 0, 0, 0, 0, 64, 1});
    assertThatThrownBy(() -> SafetensorsReader.open(huge))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("header length");
    var latin1 =
        Files.write(
            folder.resolve("l"), new byte[] {5, 0, 0, 0, 0, 0, 0, 0, '{', '"', -23, '"', ':'});
    assertThatThrownBy(() -> SafetensorsReader.open(latin1))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void refusesTheWrongTypeOrName() throws IOException {
    try (var reader = SafetensorsReader.open(writeSmall())) {
      assertThatThrownBy(() -> reader.floats("v"))
          .isInstanceOf(SafetensorsException.class)
          .hasMessageEndingWith("small.safetensors: there is no tensor 'v' among the 2");
      assertThatThrownBy(() -> reader.floats("b"))
          .isInstanceOf(SafetensorsException.class)
          .hasMessageEndingWith("tensor 'b' is U8, expected F64, F32, F16 or BF16");
      assertThatThrownBy(() -> reader.read("w", 5, new float[2], 0, 2))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageEndingWith("tensor 'w' of shape [2, 3] has no elements 5 to 7");
    }
  }

  @Test
  void theWriterRefusesWrongUse() {
    var writer = new SafetensorsWriter().add("a", Shape.of(1), new int[1]);
    assertThatThrownBy(() -> writer.add("a", Shape.of(1), new int[1]))
        .hasMessage("there is a tensor 'a' already");
    assertThatThrownBy(() -> writer.add("b", Shape.of(2), new float[2], 1))
        .hasMessage("tensor 'b': shape [2] needs 2 elements, the array has 1");
    assertThatThrownBy(() -> writer.metadata("crc32c", "")).hasMessageContaining("writer's own");
    assertThatThrownBy(() -> writer.add("h", DType.F16, Shape.of(1), (first, chunk) -> {}))
        .hasMessage("tensor 'h': F16 is only read");
  }

  /// Python's library hands a file's metadata on when it saves changed tensors.
  @Test
  void aFileThatAnotherProgramSavedAnewIsNotDamaged() throws IOException {
    String checksum;
    try (var reader = SafetensorsReader.open(writeSmall())) {
      checksum = reader.metadata().get("crc32c");
    }
    var file =
        raw(
            "{'__metadata__':{'step':'12','writer':'facet','crc32c':'"
                + checksum
                + "'},'w':{'dtype':'F16','shape':[2,3],'data_offsets':[0,12]}}",
            12);
    try (var reader = SafetensorsReader.open(file)) {
      assertThat(reader.floats("w")).containsOnly(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', an empty file",
    "version https://git-lfs.github.com/spec/v1, a Git LFS pointer",
    "PK\u0003\u0004 and so on, a ZIP archive",
    "<!DOCTYPE html>, an HTML page",
  })
  void whatIsNoSafetensorsFileIsNamed(String content, String kind) throws IOException {
    var file = Files.writeString(folder.resolve("x.safetensors"), content);
    assertThatThrownBy(() -> SafetensorsReader.open(file))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("it is " + kind);
  }
}
