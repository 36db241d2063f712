package facet.train.error;

import facet.kernels.DeviceException;
import facet.nn.io.DiskException;
import facet.nn.io.WeightFileException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;

/// The process's exit codes.
public enum ExitCode {
  OK(0),
  /// A defect of Facet itself.
  BUG(1),
  /// A wrong command line or configuration.
  USAGE(2),
  /// Missing, unreadable or unsuitable data.
  DATA(3),
  /// A device that is absent or failed.
  DEVICE(4),
  /// The loss or a gradient became NaN or infinite.
  DIVERGED(5),
  /// No space, or no permission to write.
  DISK(6),
  /// Stopped by a signal, the checkpoint saved (the shell's "temporary failure": try again).
  INTERRUPTED(75);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /// With which code a failure ends the process.
  public static ExitCode of(Throwable e) {
    return switch (e) {
      case FacetException expected -> expected.exitCode();
      case DeviceException device -> DEVICE;
      case OutOfMemoryError memory -> DEVICE;
      case InvalidPathException path -> DATA;
      case DiskException disk -> DISK;
      case WeightFileException file -> DATA;
      case UncheckedIOException wrapped when wrapped.getCause() != null -> of(wrapped.getCause());
      default -> BUG;
    };
  }

  /// The number handed to the shell.
  public int code() {
    return code;
  }
}
