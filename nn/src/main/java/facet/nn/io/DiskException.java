package facet.nn.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
    var reason =
        switch (cause) {
          case NoSuchFileException e -> "no such folder";
          case IOException e when e.getMessage() == null -> e.getClass().getSimpleName();
          default -> cause.getMessage();
        };
    var needs = needed < 0 ? "" : "needs " + needed + " bytes, ";
    return String.format(
        Locale.ROOT,
        "%s could not be written (%s): %s%s; %s or choose another folder",
        file,
        reason,
        needs,
        free(file),
        remedy(reason, "free some space"));
  }

  /// The remedy for the system's reason, `otherwise` if the reason is not known: not every failure
  /// is a full disk.
  public static String remedy(String reason, String otherwise) {
    return switch (reason) {
      case String r when r.contains("File too large") ->
          "raise the limit on the size of a file (ulimit -f)";
      case String r when r.contains("another process") -> "wait for its end";
      case String r when r.contains("Too many open files") ->
          "raise the limit on open files (ulimit -n)";
      case String r when r.contains("quota") -> "your quota is used up: remove files of yours";
      case String r when r.contains("Read-only") -> "have it mounted for writing";
      case String r when r.contains("no such folder") -> "create it";
      case String r when r.contains("denied") -> "get the permission";
      default -> otherwise;
    };
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
