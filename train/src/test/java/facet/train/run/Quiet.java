package facet.train.run;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// For runs whose lines no test reads.
public final class Quiet {
  private Quiet() {}

  /// A console that shows nothing.
  public static Console console() {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return new Console(nowhere, false);
  }
}
