package facet.train.data;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.stream.Stream;

/// The names of files in somebody's list. A list may come from anywhere, so none of its names may
/// lead out of the folder that they start from: `../../etc/passwd` is refused, and so is an
/// absolute path to somewhere else. And it may have been written on another system: where there is
/// no file of a name, the one is meant whose accents are stored in the other way (macOS takes them
/// apart, Unicode's NFD), or that is reached by reading Windows' `\` as `/`.
public final class ListedPath {
  private ListedPath() {}

  /// Where `name` is in the folder `root`, without detours such as `a/../b`.
  ///
  /// @param where names the line in messages
  /// @throws FacetException if it leads out of `root` or is no path
  public static Path in(Path root, String name, Object where) {
    var asWritten = resolve(root, name, where);
    if (Files.exists(asWritten)) {
      return asWritten;
    }
    return Stream.of(name, name.replace('\\', '/'))
        .flatMap(
            text ->
                Stream.of(
                    text,
                    Normalizer.normalize(text, Normalizer.Form.NFC),
                    Normalizer.normalize(text, Normalizer.Form.NFD)))
        .distinct()
        .skip(1) // as it is written
        .map(text -> resolve(root, text, where))
        .filter(Files::exists)
        .findFirst()
        .orElse(asWritten);
  }

  private static Path resolve(Path root, String name, Object where) {
    Path path;
    try {
      path = root.resolve(name);
    } catch (InvalidPathException e) {
      throw FacetException.data(
          where, format("'%s' is not a path (%s)", name, e.getReason()), "correct the line", e);
    }
    var folder = absolute(root);
    if (!absolute(path).startsWith(folder)) {
      throw FacetException.data(
          where,
          format("the path '%s' leads out of the folder %s", name, root),
          "write it relative to that folder, or name the folder above with --data");
    }
    return root.resolve(folder.relativize(absolute(path)));
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
