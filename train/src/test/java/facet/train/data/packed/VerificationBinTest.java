package facet.train.data.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.FacetException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sets that Python made (make.py.txt): four pairs of 2 x 2 pixels, red tells the number.
class VerificationBinTest {
  @TempDir private Path temp;

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = VerificationBinTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(temp.resolve("set.bin"), bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "python2",
        "bytes2",
        "bytes3",
        "bytes4",
        "bytes5",
        "arrays2",
        "arrays3",
        "arrays4",
        "arrays5",
        "scalars4"
      })
  void readsWhatPythonWrites(String name) throws IOException {
    var set = VerificationBin.read(file(resource(name + ".bin")));
    assertThat(set.size()).isEqualTo(8);
    for (var i = 0; i < 8; i++) {
      assertThat(set.image(i).rgb()).startsWith(i * 10, 0, 255 - i * 10);
    }
    var pairs = set.pairs().pairs();
    assertThat(pairs.stream().map(p -> p.same())).containsExactly(true, false, true, false);
    assertThat(pairs.get(2).first()).isEqualTo(4);
    assertThat(pairs.get(2).second()).isEqualTo(5);
  }

  @Test
  void readsWhatItWrites() throws IOException {
    var images = List.of(ppm(1), ppm(2), ppm(3), ppm(4));
    var file = temp.resolve("own.bin");
    VerificationBin.write(file, images, new boolean[] {false, true});
    var set = VerificationBin.read(file);
    assertThat(set.image(3).rgb()).startsWith(4, 4, 4);
    assertThat(set.pairs().pairs().stream().map(p -> p.same())).containsExactly(false, true);
  }

  private static byte[] ppm(int value) {
    var out = new ByteArrayOutputStream();
    out.writeBytes("P6 1 1 255\n".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(new byte[] {(byte) value, (byte) value, (byte) value});
    return out.toByteArray();
  }

  @Test
  void refusesAPickleThatWouldRunACommand() throws IOException {
    var file = file(resource("gadget.bin"));
    assertThatThrownBy(() -> VerificationBin.read(file))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("set.bin, byte ")
        .hasMessageContaining("calls Python's posix.system")
        .hasMessageContaining("trust");
  }

  /// A text of a megabyte that is named a hundred thousand times stays one text.
  @Test
  @org.junit.jupiter.api.Timeout(10)
  void aPickleCannotMultiplyItsBytes() {
    var text = "x".repeat(1_000_000).getBytes(StandardCharsets.US_ASCII);
    var named = new ByteArrayOutputStream();
    var encoded = new ByteArrayOutputStream();
    for (var out : List.of(named, encoded)) {
      out.writeBytes(new byte[] {(byte) 0x80, 2, 'X', 0x40, 0x42, 0x0f, 0});
      out.writeBytes(text);
      out.writeBytes(new byte[] {'q', 0, ']', '('});
    }
    for (var i = 0; i < 100_000; i++) {
      named.writeBytes(new byte[] {'h', 0});
      encoded.writeBytes("c_codecs\nencode\nh\0\u0085R".getBytes(StandardCharsets.ISO_8859_1));
    }
    named.writeBytes(new byte[] {'e', ']', '('});
    for (var i = 0; i < 50_000; i++) {
      named.write(0x88);
    }
    named.writeBytes(new byte[] {'e', (byte) 0x86, '.'});
    var set = VerificationBin.parse(Path.of("set.bin"), named.toByteArray());
    assertThat(set.size()).isEqualTo(100_000);
    assertThatThrownBy(() -> VerificationBin.parse(Path.of("set.bin"), encoded.toByteArray()))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("more bytes than the file has");
  }

  @Test
  void aFailedWriteLeavesTheOldSet() throws IOException {
    var file = temp.resolve("own.bin");
    VerificationBin.write(file, List.of(ppm(1), ppm(2)), new boolean[] {true});
    var before = Files.readAllBytes(file);
    var broken = new ArrayList<byte[]>(List.of(ppm(3)));
    broken.add(null);
    assertThatThrownBy(() -> VerificationBin.write(file, broken, new boolean[] {true}))
        .isInstanceOf(NullPointerException.class);
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void theFirstFoldsAreAPairLonger() throws IOException {
    var images = new ArrayList<byte[]>();
    for (var i = 0; i < 46; i++) {
      images.add(ppm(i));
    }
    var file = temp.resolve("folds.bin");
    VerificationBin.write(file, images, new boolean[23]);
    var pairs = VerificationBin.read(file).pairs();
    assertThat(pairs.folds()).isEqualTo(10);
    assertThat(pairs.pairs().stream().map(p -> p.fold()))
        .containsExactly(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9);
  }

  @Test
  void everyCutAndEveryMutationEndsInOneSentence() throws IOException {
    var random = new SplittableRandom(3);
    var refused = 0;
    for (var name : List.of("arrays2", "arrays5", "bytes4", "python2")) {
      var whole = resource(name + ".bin");
      for (var length = 0; length < whole.length; length++) {
        var cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> VerificationBin.parse(Path.of("set.bin"), cut))
            .isInstanceOf(FacetException.class)
            .hasMessageContaining("set.bin");
      }
      for (var i = 0; i < 2000; i++) {
        var mutated = whole.clone();
        mutated[random.nextInt(whole.length)] = (byte) random.nextInt(256);
        try {
          VerificationBin.parse(Path.of("set.bin"), mutated);
        } catch (FacetException e) {
          assertThat(e).hasMessageContaining("set.bin");
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(500);
  }
}
