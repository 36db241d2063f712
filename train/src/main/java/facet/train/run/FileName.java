package facet.train.run;

import facet.train.error.FacetException;
import java.nio.file.Path;

/// Names of files, and those that become a folder of their own and a field in tables: a run's, an
/// arm's.
public final class FileName {
  private static final int MAX_LENGTH = 100;

  private FileName() {}

  /// The name of a file without what kind it is of: `probes` of `lists/probes.TXT`.
  public static String stem(Path file) {
    var name = file.toAbsolutePath().normalize().getFileName();
    return name == null ? "" : name.toString().replaceFirst("\\.[A-Za-z]+$", "");
  }

  /// Returns `name` if it is one plain name.
  ///
  /// @param what it names, for the message: `--name`
  /// @throws FacetException if it would lead to another folder or break a line of a table
  public static String require(String name, String what) {
    var plain =
        !name.isBlank()
            && name.length() <= MAX_LENGTH
            && !name.startsWith(".")
            && name.chars().noneMatch(c -> Character.isISOControl(c) || "/\\,|\"".indexOf(c) >= 0);
    if (!plain) {
      throw FacetException.usage(
          "%s '%s' is no name for a folder; use up to %d letters, digits, - and _ (no / \\ , | or"
              + " quotes, and no . at the beginning).",
          what, name, MAX_LENGTH);
    }
    return name;
  }
}
