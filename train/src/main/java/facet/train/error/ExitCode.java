package facet.train.error;

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

  /// The number handed to the shell.
  public int code() {
    return code;
  }
}
