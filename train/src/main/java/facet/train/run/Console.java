package facet.train.run;

import static facet.train.error.Printable.format;

import com.google.errorprone.annotations.FormatMethod;
import facet.train.error.FacetException;
import facet.train.error.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// What a person sees while a command runs: lines, and a progress line that rewrites itself on a
/// terminal and is left out elsewhere. The lines may be kept in a file, too.
public final class Console {
  /// Characters of lines that are kept for a file that is named later.
  private static final int LONGEST = 1 << 20;

  private final PrintStream out;
  private final boolean terminal;
  private boolean progressShown;
  private @Nullable Path log;
  private final StringBuilder beforeLog = new StringBuilder();

  public Console(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /// Standard output.
  public static Console standard() {
    var console = System.console();
    return new Console(System.out, console != null && console.isTerminal());
  }

  public synchronized void line(String text) {
    clearProgress();
    var shown = Printable.lines(text);
    out.println(shown);
    keep(shown);
  }

  /// A line by a pattern of [String#format].
  @FormatMethod
  public void line(String pattern, Object... arguments) {
    line(format(pattern, arguments));
  }

  /// Keeps the lines, those of before and those to come, at the end of `file`.
  ///
  /// @param heading a first line, for the file only
  public synchronized void keepIn(Path file, String heading) {
    log = file;
    var before = beforeLog.toString();
    beforeLog.setLength(0);
    keep(heading);
    if (!before.isEmpty()) {
      keep(before.stripTrailing());
    }
  }

  private void keep(String text) {
    if (log == null) {
      if (beforeLog.length() < LONGEST) {
        beforeLog.append(text).append('\n');
      }
      return;
    }
    try {
      Files.writeString(log, text + '\n', StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FacetException.disk(log, "free space", e);
    }
  }

  /// `what done/total`, on the same line as before.
  public synchronized void progress(String what, int done, int total) {
    if (terminal) {
      out.print("\r\u001b[K" + Printable.line(what) + " " + done + "/" + total);
      out.flush();
      progressShown = true;
      if (done == total) {
        clearProgress();
      }
    }
  }

  private void clearProgress() {
    if (progressShown) {
      out.print("\r\u001b[K");
      progressShown = false;
    }
  }

  /// `1 h 2 min`, `3 min 5 s` or `7 s`.
  public static String duration(double seconds) {
    var s = Math.round(seconds);
    if (s < 60) {
      return s + " s";
    }
    return s < 3600
        ? format("%d min %d s", s / 60, s % 60)
        : format("%d h %d min", s / 3600, s / 60 % 60);
  }
}
