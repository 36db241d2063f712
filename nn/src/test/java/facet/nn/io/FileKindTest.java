package facet.nn.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileKindTest {
  @ParameterizedTest
  @CsvSource({
    "504b0304140000, a ZIP archive",
    "80026d6f, a Python pickle",
    "0a23d7ce00000000, RecordIO",
    "49492a0008000000, a TIFF image",
    "524946461a00000057454250565038, a WebP image",
    "0000001c6674797061766966, an AVIF image",
    "00000018667479706865696300, a HEIC image",
    "fffe3c00, 'a text in UTF-16, not UTF-8'",
    "00000000000000000000000000000000, a file of zeros",
    "400000000000000 07b22, a safetensors file",
  })
  void firstBytesTell(String hex, String kind) {
    var bytes = new byte[hex.replace(" ", "").length() / 2];
    for (var i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(hex.replace(" ", "").substring(2 * i, 2 * i + 2), 16);
    }
    if (kind.isEmpty()) {
      assertThat(FileKind.of(bytes)).isNull();
    } else {
      assertThat(FileKind.of(bytes)).contains(kind);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "version https://git-lfs.github.com/spec/v1, a Git LFS pointer",
    "'\n <!DOCTYPE html><p>Not found', an HTML page",
    "'<HTML><head>', an HTML page",
    "'', an empty file",
  })
  void textTellsToo(String text, String kind) {
    assertThat(FileKind.of(text.getBytes(ISO_8859_1))).startsWith(kind);
  }

  @Test
  void filesAreLookedAt(@TempDir Path folder) throws IOException {
    var file = Files.write(folder.resolve("a.pth"), new byte[] {'P', 'K', 3, 4, 0});
    assertThat(FileKind.of(file)).startsWith("a ZIP archive");
    assertThat(FileKind.of(folder)).isEqualTo("a folder");
    assertThat(FileKind.of(folder.resolve("absent"))).isNull();
  }
}
