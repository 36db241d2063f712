package facet.train.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Real faces beside the repository (`facet.shared`, by default `../shared`); a test that needs
/// them says so and is skipped where they are absent.
public final class SharedData {
  private SharedData() {}

  public static Path folder(String name) {
    String set = System.getProperty("facet.shared", "");
    Path root =
        set.isEmpty()
            ? Stream.of("../shared", "../../shared") // from the repository, from a module
                .map(Path::of)
                .filter(Files::isDirectory)
                .findFirst()
                .orElse(Path.of("../shared"))
            : Path.of(set);
    Path folder = root.resolve("data").resolve(name);
    String absent = "skipped: no shared data at " + folder.toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      System.out.println(absent);
    }
    Assumptions.assumeTrue(Files.isDirectory(folder), absent);
    return folder;
  }
}
