package facet.train.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Which version of its sources Facet was built from.
final class Commit {
  private static final String UNKNOWN = "unknown";

  private Commit() {}

  /// The commit of Facet's own sources: that of the folder that the launcher builds from, else the
  /// one that the build wrote into the archive, else `unknown`. Never that of the folder in which
  /// the user stands.
  static String ofFacet() {
    var root = System.getProperty("facet.root");
    var checkedOut = root == null ? UNKNOWN : of(Path.of(root));
    return checkedOut.equals(UNKNOWN) ? built() : checkedOut;
  }

  private static String built() {
    try (var in = Commit.class.getResourceAsStream("commit.txt")) {
      var text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      return text.matches("[0-9a-f]{40,64}") ? text : UNKNOWN;
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /// The commit that is checked out in `folder`, the root of a repository or of a further work tree
  /// of one, or `unknown`.
  static String of(Path folder) {
    try {
      var git = gitFolder(folder);
      if (git == null) {
        return UNKNOWN;
      }
      var head = Files.readString(git.resolve("HEAD")).strip();
      return head.startsWith("ref: ") ? resolve(git, head.substring("ref: ".length())) : head;
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /// Where a work tree keeps its HEAD: `.git`, or the folder that a file of that name points to.
  private static @Nullable Path gitFolder(Path folder) throws IOException {
    var git = folder.resolve(".git");
    if (Files.isRegularFile(git)) {
      var text = Files.readString(git).strip();
      git = folder.resolve(text.replaceFirst("^gitdir: ", ""));
    }
    return Files.isRegularFile(git.resolve("HEAD")) ? git : null;
  }

  private static String resolve(Path git, String ref) throws IOException {
    var common = git.resolve("commondir"); // of a further work tree: branches are with the first
    var shared = Files.isRegularFile(common) ? git.resolve(Files.readString(common).strip()) : git;
    if (Files.isRegularFile(shared.resolve(ref))) {
      return Files.readString(shared.resolve(ref)).strip();
    }
    try (var packed = Files.lines(shared.resolve("packed-refs"))) {
      return packed
          .filter(line -> line.endsWith(" " + ref))
          .map(line -> line.substring(0, line.indexOf(' ')))
          .findFirst()
          .orElse(UNKNOWN);
    }
  }
}
