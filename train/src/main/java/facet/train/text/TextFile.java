package facet.train.text;

import facet.nn.io.AtomicFile;
import facet.nn.io.DiskException;
import facet.nn.io.FileKind;
import facet.train.error.FacetException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.ByteBuffer;
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
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    replace(file, bytes.length, channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /// Writes the text of a file.
  @FunctionalInterface
  public interface Content {
    void writeTo(BufferedWriter text) throws IOException;
  }

  /// As [#write(Path, String)], for texts that may be larger than the memory.
  public static void write(Path file, Content content) {
    replace(
        file,
        -1,
        channel -> {
          var bytes = Channels.newOutputStream(channel);
          var text = new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));
          content.writeTo(text);
          text.flush();
        });
  }

  /// Replaces `file`, of whatever format, by one with this content.
  ///
  /// @param size as for [AtomicFile#write]
  public static void replace(Path file, long size, AtomicFile.Content content) {
    try {
      AtomicFile.write(file, size, content);
    } catch (DiskException e) {
      throw FacetException.disk(e);
    }
  }
}
