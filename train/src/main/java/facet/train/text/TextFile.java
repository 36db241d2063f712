package facet.train.text;

import facet.nn.io.AtomicFile;
import facet.nn.io.DiskException;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Small results as text, written whole or not at all.
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
}
