package facet.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import facet.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  /// The second of two writers is refused; the first one's file is whole.
  @Test
  void onlyOneWritesAFileAtATime() throws IOException {
    var file = folder.resolve("shared.bin");
    AtomicFile.write(
        file,
        2,
        channel -> {
          AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[] {1}));
          assertThatThrownBy(() -> AtomicFile.write(file, new byte[9]))
              .isInstanceOf(DiskException.class)
              .hasMessageContaining("another process is writing it")
              .hasMessageContaining("wait for its end");
          AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[] {2}));
        });
    assertThat(file).hasBinaryContent(new byte[] {1, 2});
  }

  /// Between opening and locking, another process finishes the file and a third begins the next.
  @Test
  void aFileThatIsFinishedWhileItIsOpenedIsNotEmptied() throws IOException {
    var finished = folder.resolve("finished");
    var temporary = Files.write(folder.resolve("temporary"), new byte[] {1, 2});
    AtomicFile.Opening late =
        path -> {
          var channel = FileChannel.open(path, StandardOpenOption.WRITE);
          if (Files.notExists(finished)) {
            Files.move(temporary, finished);
            Files.createFile(temporary);
          }
          return channel;
        };
    try (var channel = AtomicFile.own(temporary, late)) {
      channel.write(ByteBuffer.wrap(new byte[] {3}));
    }
    assertThat(finished).hasBinaryContent(new byte[] {1, 2});
    assertThat(temporary).hasBinaryContent(new byte[] {3});
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNoTemporaryOne() throws IOException {
    var file = folder.resolve("file");
    AtomicFile.write(file, new byte[] {1, 2});
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    1000,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[] {3}));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(DiskException.class)
        .hasMessageMatching(
            ".*file could not be written \\(No space left on device\\): needs 1000 bytes, \\d+"
                + " bytes free; free some space or choose another folder");
    assertThat(file).hasBinaryContent(new byte[] {1, 2});
    assertThat(AtomicFile.temporary(file)).doesNotExist();
  }

  @Test
  void aBugInTheContentIsPassedOn() throws IOException {
    var file = folder.resolve("file");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    1,
                    channel -> {
                      throw new IllegalStateException("bug");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aStaleTemporaryFileIsReplaced() throws IOException {
    var file = folder.resolve("file");
    Files.write(AtomicFile.temporary(file), new byte[100]);
    AtomicFile.write(file, new byte[] {5});
    assertThat(file).hasBinaryContent(new byte[] {5});
    assertThat(AtomicFile.temporary(file)).doesNotExist();
  }

  @Test
  void aFolderThatCannotBeMadeIsADiskError() throws IOException {
    var notAFolder = Files.createFile(folder.resolve("plain"));
    assertThatThrownBy(() -> AtomicFile.write(notAFolder.resolve("file"), new byte[1]))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("could not be written");
  }

  /// `ulimit -f` stands in for a full disk: the system refuses bytes beyond the limit.
  @Test
  void aFullDiskKeepsTheOldCheckpoint() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a shell for ulimit -f");
    var file = folder.resolve("last.safetensors");
    new SafetensorsWriter().add("w", Shape.of(2), new float[] {1, 2}, 0).write(file);
    var before = Files.readAllBytes(file);
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var log = folder.resolve("log");
    var command = "ulimit -f 2048; exec \"$0\" -XX:-UsePerfData -cp \"$1\" \"$2\" \"$3\"";
    var process =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                command,
                java,
                System.getProperty("java.class.path"),
                WriteMuch.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(log))
        .contains("DiskException")
        .contains("last.safetensors could not be written (")
        .containsPattern("needs 40000\\d\\d\\d bytes, \\d+ bytes free")
        .doesNotContain("written:");
    assertThat(file).hasBinaryContent(before);
    assertThat(AtomicFile.temporary(file)).doesNotExist();
  }

  /// Writes 40 MB to the file of its argument.
  static final class WriteMuch {
    private WriteMuch() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) {
      try {
        new SafetensorsWriter()
            .add("w", Shape.of(10_000_000), new float[10_000_000], 0)
            .write(Path.of(arguments[0]));
        System.out.println("written: all of it");
      } catch (DiskException e) {
        System.out.println(e);
      }
    }
  }

  @Test
  void aLinkStaysOneAndItsTargetIsReplaced(@TempDir Path folder) throws IOException {
    var real = Files.writeString(folder.resolve("real"), "old");
    var link = Files.createSymbolicLink(folder.resolve("link"), Path.of("real"));
    AtomicFile.write(link, new byte[] {'n'});
    assertThat(link).isSymbolicLink();
    assertThat(real).hasContent("n");
    var dangling = Files.createSymbolicLink(folder.resolve("dangling"), Path.of("new"));
    AtomicFile.write(dangling, new byte[] {'d'});
    assertThat(dangling).isSymbolicLink();
    assertThat(folder.resolve("new")).hasContent("d");
  }

  @Test
  void withoutATemporaryFolderThatFolderIsNamed() {
    var before = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", "/no-such-folder");
    try {
      assertThatThrownBy(() -> AtomicFile.write(Path.of("/dev/null"), new byte[4]))
          .isInstanceOf(DiskException.class)
          .hasMessageStartingWith("/no-such-folder could not be written (no such folder)")
          .hasMessageContaining("create it");
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  @Test
  void aPipeStaysOneAndIsWrittenInto(@TempDir Path folder) throws Exception {
    var pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    var got = folder.resolve("got");
    var reader =
        new ProcessBuilder("timeout", "60", "cat", pipe.toString())
            .redirectOutput(got.toFile())
            .start();
    AtomicFile.write(
        pipe,
        2,
        channel -> { // a content that comes back to its beginning, as tensors' does
          channel.position(1);
          AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[] {'b'}));
          channel.position(0);
          AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[] {'a'}));
        });
    assertThat(reader.waitFor()).isZero();
    assertThat(got).hasContent("ab");
    assertThat(Files.isRegularFile(pipe)).isFalse();
    assertThat(Files.exists(pipe)).isTrue();
  }
}
