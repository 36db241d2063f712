package facet.nn.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// A file that could not be written: most often a full disk. The message names the file, the bytes
/// needed and the bytes free.
public final class DiskException extends IOException {
  private static final long serialVersionUID = 1L;

  /// `needed` is the size of the whole file, or a negative number when that is not known.
  public DiskException(Path file, long needed, IOException cause) {
    super(message(file, needed, cause), cause);
  }

  private static String message(Path file, long needed, IOException cause) {
    var reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    var needs = needed < 0 ? "" : "needs " + needed + " bytes, ";
    return String.format(
        Locale.ROOT,
        "%s could not be written (%s): %s%s; free some space or choose another folder",
        file,
        reason,
        needs,
        free(file));
  }

  private static String free(Path file) {
    try {
      var folder = file.toAbsolutePath().getParent();
      return Files.getFileStore(folder == null ? file : folder).getUsableSpace() + " bytes free";
    } catch (IOException e) {
      return "free space unknown";
    }
  }
}
