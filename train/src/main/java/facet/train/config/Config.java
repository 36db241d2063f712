package facet.train.config;

import facet.train.FacetException;
import facet.train.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `--config FILE.yaml`: the values of options, by their names without dashes. A flag on the
/// command line wins over the file, the file over the default. The options are declared once, with
/// picocli; this class only hands picocli other defaults.
public final class Config implements IDefaultValueProvider {
  /// The option of commands that read a configuration.
  public static final String OPTION = "--config";

  /// Names a run whose own configuration is taken.
  private static final String RESUME = "--resume";

  private static final List<String> NOT_IN_FILES =
      List.of("help", "version", "debug", "config", "resume");

  private final Map<String, String> values;

  private Config(Map<String, String> values) {
    this.values = values;
  }

  /// Makes the subcommand that `arguments` name take its defaults from the file they name, if any.
  public static void install(CommandLine root, String... arguments) {
    var command = arguments.length == 0 ? null : root.getSubcommands().get(arguments[0]);
    var file = fileIn(arguments);
    if (command != null && file != null && command.getCommandSpec().findOption(OPTION) != null) {
      command.setDefaultValueProvider(read(file, command.getCommandSpec()));
    }
  }

  private static @Nullable Path fileIn(String... arguments) {
    var given = value(OPTION, arguments);
    var resumed = value(RESUME, arguments);
    return given == null && resumed != null ? RunFolder.of(Path.of(resumed)).config() : path(given);
  }

  private static @Nullable Path path(@Nullable String text) {
    return text == null ? null : Path.of(text);
  }

  private static @Nullable String value(String option, String... arguments) {
    for (var i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(option + "=")) {
        return arguments[i].substring(option.length() + 1);
      }
      if (arguments[i].equals(option) && i + 1 < arguments.length) {
        return arguments[i + 1];
      }
    }
    return null;
  }

  private static Config read(Path file, CommandSpec command) {
    Object root;
    try {
      root =
          new Load(LoadSettings.builder().setLabel(file.toString()).build())
              .loadFromString(Files.readString(file));
    } catch (IOException e) {
      throw FacetException.data(
          file, "the configuration cannot be read", "name a YAML file with 'key: value' lines", e);
    } catch (YamlEngineException e) {
      throw new FacetException(
          facet.train.ExitCode.USAGE, file + " is not valid YAML: " + e.getMessage(), e);
    }
    if (!(root instanceof Map<?, ?> map)) {
      throw FacetException.usage(file + ": expected lines 'key: value', such as 'epochs: 20'.");
    }
    var known = keys(command);
    var values = new LinkedHashMap<String, String>();
    map.forEach(
        (key, value) -> {
          var name = String.valueOf(key);
          if (!known.contains(name)) {
            throw FacetException.usage(
                "%s: unknown key '%s'; did you mean '%s'?"
                    .formatted(file, name, nearest(name, known)));
          }
          if (value != null) {
            values.put(name, text(file, name, value));
          }
        });
    return new Config(values);
  }

  private static String text(Path file, String key, Object value) {
    if (value instanceof Collection<?> list) {
      return list.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    if (value instanceof Map<?, ?>) {
      throw FacetException.usage(
          "%s: '%s' must be a single value, not nested keys.".formatted(file, key));
    }
    return String.valueOf(value);
  }

  /// The keys that a command's file may have.
  private static List<String> keys(CommandSpec command) {
    return command.options().stream()
        .map(Config::key)
        .filter(key -> !NOT_IN_FILES.contains(key))
        .toList();
  }

  private static String key(OptionSpec option) {
    return option.longestName().replaceFirst("^-+", "");
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    return argument instanceof OptionSpec option ? values.get(key(option)) : null;
  }

  /// Every option of a parsed command that has a value, by key: what `config.yaml` of a run holds.
  public static Map<String, String> effective(CommandSpec command) {
    var effective = new TreeMap<String, String>();
    for (var option : command.options()) {
      Object value = option.getValue();
      if (value != null && !NOT_IN_FILES.contains(key(option))) {
        var text =
            value instanceof Collection<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : String.valueOf(value);
        effective.put(key(option), text);
      }
    }
    return effective;
  }

  /// `key: "value"` lines that [#install] reads back.
  public static String yaml(Map<String, String> values) {
    return values.entrySet().stream()
        .map(
            e ->
                e.getKey()
                    + ": \""
                    + e.getValue().replace("\\", "\\\\").replace("\"", "\\\"")
                    + '"')
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /// The candidate with the fewest edits from `name`.
  static String nearest(String name, List<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> edits(name, candidate)))
        .orElse("");
  }

  /// Levenshtein's distance.
  private static int edits(String a, String b) {
    var row = new int[b.length() + 1];
    for (var j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (var i = 1; i <= a.length(); i++) {
      var diagonal = row[0];
      row[0] = i;
      for (var j = 1; j <= b.length(); j++) {
        var substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitution, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
