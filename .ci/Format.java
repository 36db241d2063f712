import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Formats every Java source below the current folder with google-java-format.
///
/// `check` lists the files that are not formatted and exits with 1, `fix` rewrites them. A program
/// of our own because the formatter has to run on the JDK that the sources are written for, which
/// the Maven plugins, running on Maven's, cannot do.
final class Format {
  private static final int WIDTH = 100;

  public static void main(String[] args) throws IOException {
    var fix = args[0].equals("fix");
    var complaints = new ArrayList<String>();
    for (var file : sources()) {
      var text = Files.readString(file);
      var wide = wideComments(file, text);
      complaints.addAll(wide);
      if (!wide.isEmpty()) continue;
      try {
        var formatted = new Formatter().formatSourceAndFixImports(text);
        if (text.equals(formatted)) continue;
        if (fix) {
          Files.writeString(file, formatted);
        } else {
          complaints.add(file + ": not formatted, run mvn -q -N verify -Dformat=fix");
        }
      } catch (FormatterException e) {
        complaints.add(file + ":" + e.getMessage());
      }
    }
    complaints.forEach(System.out::println);
    if (!complaints.isEmpty()) System.exit(1);
  }

  private static List<Path> sources() throws IOException {
    try (var files = Files.walk(Path.of(""))) {
      return files
          .filter(FileSystems.getDefault().getPathMatcher("glob:{.ci,*/src}/**.java")::matches)
          .sorted()
          .toList();
    }
  }

  /// Doc comments hold formulas, so people break them; the formatter would turn the end of a wide
  /// line into a plain comment.
  private static List<String> wideComments(Path file, String text) {
    var complaints = new ArrayList<String>();
    var lines = text.lines().toList();
    for (var i = 0; i < lines.size(); i++) {
      var line = lines.get(i);
      if (line.length() > WIDTH && line.strip().startsWith("///")) {
        complaints.add(
            String.format(
                Locale.ROOT,
                "%s:%d: a comment of %d columns, break it by hand before column %d",
                file,
                i + 1,
                line.length(),
                WIDTH));
      }
    }
    return complaints;
  }
}
