package facet.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchReaderTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"formats.pth", "formats-protocol4.pth", "formats-legacy.pth"})
  void everyKindOfTensorIsRead(String name) throws IOException {
    try (var file = WeightFile.open(TorchFiles.copy(name, folder))) {
      var shapes = file.shapes();
      assertThat(shapes.keySet())
          .containsExactly(
              "state_dict.f32",
              "state_dict.f16",
              "state_dict.bf16",
              "state_dict.f64",
              "state_dict.i64",
              "state_dict.bool",
              "state_dict.transposed",
              "state_dict.slice",
              "state_dict.channels_last",
              "state_dict.empty");
      assertThat(shapes.get("state_dict.f32")).hasToString("[2, 3]");
      assertThat(file.floats("state_dict.f32")).containsExactly(1, -2, 0.5f, 3, 4, 5);
      assertThat(file.floats("state_dict.f16"))
          .containsExactly(1, -2.5f, 65504, Float.float16ToFloat((short) 1));
      assertThat(file.floats("state_dict.bf16")).containsExactly(1, -2.5f, 0x1.fep127f);
      assertThat(file.floats("state_dict.f64")).containsExactly((float) Math.PI);
      assertThat(shapes.get("state_dict.transposed")).hasToString("[3, 2]");
      assertThat(file.floats("state_dict.transposed")).containsExactly(0, 3, 1, 4, 2, 5);
      assertThat(file.floats("state_dict.slice")).containsExactly(12, 13, 14, 15);
      var rising = new float[24];
      for (var i = 0; i < rising.length; i++) {
        rising[i] = i;
      }
      assertThat(file.floats("state_dict.channels_last")).containsExactly(rising);
      assertThat(file.floats("state_dict.empty")).isEmpty();
      assertThatThrownBy(() -> file.floats("state_dict.i64"))
          .isInstanceOf(WeightFileException.class)
          .hasMessageContaining("'state_dict.i64' is I64, expected F64, F32, F16 or BF16");
      assertThatThrownBy(() -> file.floats("weight")).hasMessageContaining("no tensor 'weight'");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gadget.pth        | it calls Python's posix.system, which weights never need
          gadget-legacy.pth | it calls Python's posix.system, which weights never need
          module.pth        | torch.save(model.state_dict(), ...)
          script.pt         | it is a TorchScript archive
          expanded.pth      | has strides [0]
          """)
  void whatIsNoDictionaryOfTensorsIsRefused(String name, String problem) throws IOException {
    var file = TorchFiles.copy(name, folder);
    assertThatThrownBy(() -> WeightFile.open(file))
        .isInstanceOf(WeightFileException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(problem);
  }

  @Test
  void filesThatAreMissingFoldersOrSomethingElseAreNamed() throws IOException {
    assertThatThrownBy(() -> WeightFile.open(folder.resolve("none.pth")))
        .hasMessageContaining("none.pth: there is no such file");
    assertThatThrownBy(() -> WeightFile.open(folder)).hasMessageContaining("is a folder");
    var text = Files.writeString(folder.resolve("text.pth"), "not a checkpoint at all");
    assertThatThrownBy(() -> WeightFile.open(text)).isInstanceOf(WeightFileException.class);
    var empty = Files.createFile(folder.resolve("empty.pth"));
    assertThatThrownBy(() -> WeightFile.open(empty)).isInstanceOf(WeightFileException.class);
  }

  @Test
  void aFlippedBitIsFound() throws IOException {
    var bytes = TorchFiles.bytes("iresnet.pth");
    bytes[bytes.length / 2] ^= 4;
    var file = Files.write(folder.resolve("flipped.pth"), bytes);
    assertThatThrownBy(
            () -> {
              try (var reader = WeightFile.open(file)) {
                for (var name : reader.shapes().keySet()) {
                  if (!name.endsWith("tracked")) {
                    reader.floats(name);
                  }
                }
              }
            })
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining("it is damaged");
  }

  /// Pickles written by hand: none gives more than a typed error, none takes memory that the file
  /// does not have.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          800263 6f730a73797374656d0a 5802000000 6c73 85 52 2e | it calls Python's os.system
          8002 28 69 6f730a73797374656d0a 2e       | instruction 0x69
          8002 82 01 2e                            | instruction 0x82
          8002 8e ffffffffffffff7f 2e              | a value of 9223372036854775807 bytes
          8002 42 ffffff7f 2e                      | a value of 2147483647 bytes
          8002 58 ffffffff 2e                      | bytes, but
          8006 2e                                  | pickle protocol 6
          8002 2e                                  | its values do not fit together
          8002 7d                                  | it ends in the middle
          8002 5d 2e                               | no dictionary of tensors
          8002 7d 5d 4e 73 2e                      | a dictionary's key
          8002 7d 71 00 68 01 2e                   | it refers to value 1
          8002 5d 71 00 68 00 61 2e                | no dictionary of tensors
          """)
  void hostilePicklesAreRefused(String hex, String problem) throws IOException {
    var file = zip(hex.replace(" ", ""));
    assertThatThrownBy(() -> WeightFile.open(file))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void dictionariesWithinThemselvesEnd() throws IOException {
    // d = {}; d['a'] = d
    try (var reader = WeightFile.open(zip("80027d7100580100000061680073" + "2e"))) {
      assertThat(reader.shapes()).isEmpty();
    }
  }

  private Path zip(String hex) throws IOException {
    var pickle = new byte[hex.length() / 2];
    for (var i = 0; i < pickle.length; i++) {
      pickle[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    }
    var file = folder.resolve("hostile.pth");
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      var entry = new ZipEntry("a/data.pkl");
      var crc = new CRC32();
      crc.update(pickle);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(pickle.length);
      entry.setCrc(crc.getValue());
      out.putNextEntry(entry);
      out.write(pickle);
    }
    return file;
  }

  @Test
  void aCompressedEntryIsRefused() throws IOException {
    var file = folder.resolve("deflated.pth");
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("a/data.pkl"));
      out.write(new byte[10_000_000]);
    }
    assertThatThrownBy(() -> WeightFile.open(file)).hasMessageContaining("is compressed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"formats.pth", "formats-legacy.pth", "formats-protocol4.pth"})
  void mutationsEndInAnswerOrTypedError(String name) throws IOException {
    var seed = TorchFiles.bytes(name);
    var file = folder.resolve("mutant.pth");
    var random = new Random(3);
    var accepted = 0;
    var refused = 0;
    for (var i = 0; i < 6000; i++) {
      Files.write(file, mutate(seed, random));
      try (var reader = WeightFile.open(file)) {
        for (var entry : reader.shapes().entrySet()) {
          if (!entry.getKey().matches(".*(i64|bool)")) {
            assertThat(reader.floats(entry.getKey())).hasSize(entry.getValue().size());
          }
        }
        accepted++;
      } catch (WeightFileException e) {
        assertThat(e).hasMessageStartingWith(file + ": ");
        refused++;
      }
    }
    assertThat(accepted).isGreaterThan(100);
    assertThat(refused).isGreaterThan(1000);
  }

  private static byte[] mutate(byte[] seed, Random random) {
    var bytes = seed.clone();
    for (var edits = 1 + random.nextInt(3); edits > 0; edits--) {
      // Mostly where the pickle is: the first half of these small files.
      var at =
          random.nextInt(random.nextInt(4) == 0 ? bytes.length : Math.max(1, bytes.length / 2));
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes = random.nextInt(8) == 0 ? Arrays.copyOf(bytes, Math.max(1, at)) : bytes;
        default -> {
          var length = Math.min(random.nextInt(16), bytes.length - at);
          System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
        }
      }
    }
    return bytes;
  }

  @Test
  void aSafetensorsFileWhoseLengthLooksLikeAPickleIsRead() throws IOException {
    var header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    var length = 0x280; // the bytes 80 02, as a pickle of protocol 2 begins
    var json = (header + " ".repeat(length - header.length())).getBytes(StandardCharsets.UTF_8);
    var bytes = ByteBuffer.allocate(8 + length + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(length).put(json).putFloat(3);
    var file = Files.write(folder.resolve("w.safetensors"), bytes.array());
    try (var reader = WeightFile.open(file)) {
      assertThat(reader.floats("w")).containsExactly(3);
    }
  }
}
