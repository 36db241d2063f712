package facet.train.run;

import facet.train.error.Printable;
import java.io.PrintStream;
import java.util.Locale;

/// What a person sees while a command runs: lines, and a progress line that rewrites itself on a
/// terminal and is left out elsewhere.
public final class Console {
  private final PrintStream out;
  private final boolean terminal;
  private boolean progressShown;

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
    out.println(Printable.lines(text));
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
        ? String.format(Locale.ROOT, "%d min %d s", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d h %d min", s / 3600, s / 60 % 60);
  }
}
