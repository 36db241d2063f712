package facet.train.text;

import facet.nn.io.AtomicFile;
import facet.nn.io.DiskException;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Results as text, in UTF-8, written whole or not at all.
public final class TextFile {
  private TextFile() {}

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
