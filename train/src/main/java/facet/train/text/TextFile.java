package facet.train.text;

import facet.nn.io.AtomicFile;
import facet.nn.io.DiskException;
import facet.nn.io.FileKind;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Texts in UTF-8: results, written whole or not at all, and what people write.
public final class TextFile {
  private TextFile() {}

  /// Refuses a pipe before it is opened, which would wait for somebody to write to it.
  ///
  /// @param expected what to name instead
  public static void requireReadable(Path file, String expected) {
    if (FileKind.isNamedPipe(file)) {
      throw FacetException.data(
          file, "it is a pipe, socket or device", "name " + expected + ", or write <(COMMAND)");
    }
  }

  /// Replaces `file` by one with this `text`.
  public static void write(Path file, String text) {
    try {
      AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    } catch (DiskException e) {
      throw new FacetException(ExitCode.DISK, e.getMessage(), e);
    }
  }

  /// Writes the text of a file.
  @FunctionalInterface
  public interface Content {
    void writeTo(BufferedWriter text) throws IOException;
  }

  /// As [#write(Path, String)], for texts that may be larger than the memory.
  public static void write(Path file, Content content) {
    try {
      AtomicFile.write(
          file,
          -1,
          channel -> {
            var bytes = Channels.newOutputStream(channel);
            var text = new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));
            content.writeTo(text);
            text.flush();
          });
    } catch (DiskException e) {
      throw new FacetException(ExitCode.DISK, e.getMessage(), e);
    }
  }
}
