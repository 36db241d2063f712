package facet.train.error;

import static facet.train.error.Printable.format;

import com.google.errorprone.annotations.FormatMethod;
import facet.nn.io.DiskException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An error with a cause outside Facet's code: its message is all the user is shown, so it is one
/// sentence that names the file or field, the problem and the remedy.
public class FacetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  public FacetException(ExitCode exitCode, String message) {
    this(exitCode, message, null);
  }

  public FacetException(ExitCode exitCode, String message, @Nullable Throwable cause) {
    super(Printable.lines(message), cause);
    this.exitCode = exitCode;
  }

  /// The data at `where` (a file, a folder, a line) cannot be used.
  public static FacetException data(Object where, String problem, String remedy) {
    return data(where, problem, remedy, null);
  }

  /// As [#data(Object, String, String)], keeping what went wrong underneath.
  public static FacetException data(
      Object where, String problem, String remedy, @Nullable Throwable cause) {
    return new FacetException(
        ExitCode.DATA, Printable.line(where + ": " + problem + "; " + remedy + "."), cause);
  }

  /// The data cannot be used; the message says it all.
  public static FacetException data(String message) {
    return new FacetException(ExitCode.DATA, message);
  }

  /// Nothing can be written to `where`.
  ///
  /// @param remedy against a full disk; other reasons have their own
  public static FacetException disk(Path where, String remedy, IOException cause) {
    var reason = reason(cause);
    return new FacetException(
        ExitCode.DISK,
        format(
            "%s: cannot be written (%s); %s.", where, reason, DiskException.remedy(reason, remedy)),
        cause);
  }

  /// A file cannot be written.
  public static FacetException disk(DiskException cause) {
    return new FacetException(ExitCode.DISK, cause.getMessage(), cause);
  }

  /// What is at `where` cannot be read; `done` says what was tried, such as `listed`.
  public static FacetException unreadable(Path where, String done, IOException cause) {
    var reason = reason(cause);
    var remedy = DiskException.remedy(reason, "check that it is there, and its permissions");
    return data(where, "cannot be " + done + " (" + reason + ")", remedy, cause);
  }

  /// Of some exceptions the message is only the file's name.
  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException _ -> "there is no such place";
      case FileAlreadyExistsException _ -> "a file is in its place";
      case FileSystemException system when system.getReason() != null -> system.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  /// The command line or the configuration is wrong.
  public static FacetException usage(String message) {
    return new FacetException(ExitCode.USAGE, message);
  }

  /// As [#usage(String)], by a pattern of [String#format].
  @FormatMethod
  public static FacetException usage(String pattern, Object... arguments) {
    return usage(format(pattern, arguments));
  }

  /// The process should end with this code.
  public ExitCode exitCode() {
    return exitCode;
  }
}
