package facet.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListedPathTest {
  private static final String APART = "Jose\u0301"; // as macOS stores it
  private static final String WHOLE = "Jos\u00e9";

  @TempDir private Path root;

  private Path file(String name) throws IOException {
    var file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private Path in(String name) {
    return ListedPath.in(root, name, "list:1");
  }

  @Test
  void accentsMayBeStoredInEitherWay() throws IOException {
    var apart = file(APART + "/1.png");
    assertThat(in(WHOLE + "/1.png")).isEqualTo(apart);
    var whole = file(WHOLE + "/2.png");
    assertThat(in(APART + "/2.png")).isEqualTo(whole);
    assertThat(in(WHOLE + "\\1.png")).isEqualTo(apart);
  }

  @Test
  void theNameAsItIsWrittenComesFirst() throws IOException {
    file(WHOLE + "/1.png");
    var apart = file(APART + "/1.png");
    assertThat(in(APART + "/1.png")).isEqualTo(apart);
    file("a/b.png");
    var backslash = file("a\\b.png");
    assertThat(in("a\\b.png")).isEqualTo(backslash);
    assertThat(in("a\\c.png")).isEqualTo(root.resolve("a\\c.png")); // for the message
  }

  @Test
  void backslashesLeadOutOfNoFolder() {
    assertThatThrownBy(() -> in("..\\..\\secret"))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("leads out of the folder");
  }
}
