package facet.train.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// `--recipe NAME`: constants that belong together, somebody else's or those that our experiments
/// found, as a configuration that Facet brings.
public final class Recipe {
  private static final List<String> NAMES = List.of("arcface-torch", "ddl-official", "ddl-frozen");

  private Recipe() {}

  /// The options that a recipe sets.
  ///
  /// @param known keys
  static Map<String, ConfigFile.Entry> entries(String name, List<String> known) {
    if (!NAMES.contains(name)) {
      throw Checks.wrong("recipe", name, "one of " + String.join(", ", NAMES));
    }
    var label = Path.of(Config.RECIPE + " " + name);
    try (var in = Recipe.class.getResourceAsStream(name + ".yaml")) {
      var text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return ConfigFile.entries(label, ConfigFile.mapping(label, text).getValue(), known);
    } catch (IOException e) {
      throw new IllegalStateException("it is in the archive", e);
    }
  }

  /// For the help.
  public static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return NAMES.iterator();
    }
  }
}
