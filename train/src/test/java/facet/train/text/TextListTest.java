package facet.train.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextListTest {
  @TempDir private Path folder;

  private List<TextList.Line> read(String text) throws IOException {
    return TextList.read(Files.writeString(folder.resolve("list.txt"), text), "lines");
  }

  private static boolean isPair(List<String> fields) {
    return fields.size() == 3 && fields.get(2).matches("[01]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/1.png b/2.png 1",
        "\ufeffa/1.png b/2.png 1\r",
        "a/1.png\tb/2.png\t1\t",
        "a/1.png\tb/2.png 1",
        "  a/1.png   b/2.png  1  ",
        "a/1.png,b/2.png,1",
        "a/1.png, b/2.png, 1",
        "\"a/1.png\",\"b/2.png\",\"1\"",
        "# a comment\n\n \na/1.png b/2.png 1\n\n",
      })
  void theSamePairInEveryForm(String text) throws IOException {
    assertThat(read(text))
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.fields(TextListTest::isPair))
                    .containsExactly("a/1.png", "b/2.png", "1"));
  }

  @Test
  void pathsMayHoldBlanksCommasAndQuotes() throws IOException {
    assertThat(read("a b/1.png\tc d/2.png\t0").getFirst().fields(TextListTest::isPair))
        .containsExactly("a b/1.png", "c d/2.png", "0");
    assertThat(read("a b/1.png,c d/2.png,0").getFirst().fields(TextListTest::isPair))
        .containsExactly("a b/1.png", "c d/2.png", "0");
    assertThat(TextList.split("\"a, b\",\"say \"\"x\"\"\",,d", ','))
        .containsExactly("a, b", "say \"x\"", "", "d");
  }

  @Test
  void linesAreCountedAsAnEditorDoes() throws IOException {
    assertThat(read("# one\r\n\r\nthree\r\n").getFirst().number()).isEqualTo(3);
  }

  @Test
  void whatIsNoListIsNamed() throws IOException {
    var file = folder.resolve("pairs.txt");
    assertThatThrownBy(() -> TextList.read(file, "lines 'a b'"))
        .hasMessage(file + ": no such file; name a file of lines 'a b'.");
    Files.write(file, "M\u00fcller 1".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> TextList.read(file, "lines"))
        .hasMessageContaining("not a text file in UTF-8");
    Files.write(file, new byte[] {(byte) 0x80, 4, (byte) 0x95, (byte) 0xff});
    assertThatThrownBy(() -> TextList.read(file, "lines"))
        .hasMessageContaining("it is a Python pickle");
  }

  @Test
  void aLineWithoutEndIsRefusedBeforeItFillsTheMemory() throws IOException {
    var file = folder.resolve("long.txt");
    Files.writeString(file, "a b\n" + "x".repeat(3_000_000));
    assertThatThrownBy(() -> TextList.read(file, "lines"))
        .hasMessage(file + ": a line of more than 1,048,576 characters; name a text file.");
  }
}
