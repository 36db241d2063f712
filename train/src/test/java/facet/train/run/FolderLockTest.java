package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  /// Ends with 0 if it gets the lock, with 9 if not.
  private static final String OTHER =
      """
      void main(String[] args) throws Exception {
        var file = java.nio.channels.FileChannel.open(
            java.nio.file.Path.of(args[0]), java.nio.file.StandardOpenOption.WRITE);
        System.exit(file.tryLock() == null ? 9 : 0);
      }
      """;

  @TempDir Path temp;

  @Test
  void onlyOneAtATime() {
    var folder = temp.resolve("a/b");
    try (var _ = FolderLock.of(folder)) {
      assertThatThrownBy(() -> FolderLock.of(folder))
          .isInstanceOfSatisfying(
              FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("another process");
      FolderLock.of(temp.resolve("a/c")).close();
    }
    FolderLock.of(folder).close();
  }

  @Test
  void anotherProcessIsKeptOutUntilTheEnd() throws Exception {
    var program = Files.writeString(temp.resolve("Other.java"), OTHER);
    try (var _ = FolderLock.of(temp)) {
      assertThat(otherProcess(program)).isEqualTo(9);
      // Who is refused must not open the lock for others.
      assertThatThrownBy(() -> FolderLock.of(temp)).isInstanceOf(FacetException.class);
      assertThat(otherProcess(program)).isEqualTo(9);
    }
    assertThat(otherProcess(program)).isZero();
  }

  private int otherProcess(Path program) throws IOException, InterruptedException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(java, program.toString(), temp.resolve(".lock").toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamed() throws IOException {
    var file = Files.createFile(temp.resolve("file"));
    assertThatThrownBy(() -> FolderLock.of(file))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DISK))
        .hasMessage(
            file
                + ": cannot be written (a file is in its place); check its permissions or free"
                + " space.");
  }
}
