package facet.train.cli;

import facet.train.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// A run of the program in this JVM: its exit code and what it printed.
record CommandLineRun(int code, String out, String err) {
  /// Runs the program with these arguments, those in arrays among them one by one.
  static CommandLineRun of(Object... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      var code =
          Main.run(
              SmallTrainings.flat(arguments).stream().map(String::valueOf).toArray(String[]::new));
      return new CommandLineRun(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  /// The arguments in a line without quotes.
  static Object[] words(String line) {
    return line.split(" ");
  }
}
