package facet.train.config;

import static facet.train.error.Printable.format;

import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.run.RunFolder;
import facet.train.text.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/// `--config FILE.yaml`: the values of options, by their names without dashes. A flag on the
/// command line wins over the file, the file over a [Recipe], that over the default. The options
/// are declared once, with picocli; this class only hands picocli other defaults.
public final class Config implements IDefaultValueProvider {
  /// The option of commands that read a configuration.
  public static final String OPTION = "--config";

  /// The option that names a [Recipe].
  public static final String RECIPE = "--recipe";

  private static final String DEFAULT_OUTPUT = "runs";

  /// Names a run whose own configuration is taken.
  private static final String RESUME = "--resume";

  private static final List<String> NOT_IN_FILES =
      List.of("help", "version", "debug", "config", "recipe", "resume");

  /// Entries by key, without those that a flag replaces. (Picocli would take a flag that has the
  /// default `true` for its opposite.)
  private final Map<String, ConfigFile.Entry> entries;

  /// The entries of a part of a file.
  private Config(Map<String, ConfigFile.Entry> entries) {
    this.entries = new LinkedHashMap<>(entries);
  }

  private Config(Map<String, ConfigFile.Entry> entries, CommandSpec command, String... arguments) {
    this(entries);
    for (var option : command.options()) {
      if (value(option.longestName(), arguments) != null) {
        this.entries.remove(key(option));
      }
    }
  }

  /// Makes the subcommand that `arguments` name take its defaults from the file they name, if any.
  public static void install(CommandLine root, String... arguments) {
    var subcommands = root.getSubcommands();
    var command =
        Arrays.stream(arguments).filter(subcommands::containsKey).map(subcommands::get).findFirst();
    if (command.isEmpty() || command.get().getCommandSpec().findOption(OPTION) == null) {
      return;
    }
    var spec = command.get().getCommandSpec();
    var entries = new LinkedHashMap<String, ConfigFile.Entry>();
    var recipe = value(RECIPE, arguments);
    if (recipe != null) {
      entries.putAll(Recipe.entries(recipe, keys(spec)));
    }
    var file = fileIn(arguments);
    if (file != null) {
      entries.putAll(ConfigFile.entries(file, keys(spec)));
    }
    if (!entries.isEmpty()) {
      command.get().setDefaultValueProvider(new Config(entries, spec, arguments));
    }
  }

  /// Fills `options` from those lines of `file` that they know.
  public static <T> T read(Path file, T options) {
    var known = keys(CommandSpec.forAnnotatedObject(options));
    var entries = ConfigFile.entries(file, List.of());
    entries.keySet().retainAll(known);
    return fill(options, entries);
  }

  /// Fills `options` from entries that they know.
  static <T> T fill(T options, Map<String, ConfigFile.Entry> entries) {
    try {
      new CommandLine(options)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .setDefaultValueProvider(new Config(entries))
          .parseArgs();
      return options;
    } catch (ParameterException e) {
      throw FacetException.usage(origin(e) + e.getMessage());
    }
  }

  private static @Nullable Path fileIn(String... arguments) {
    var given = value(OPTION, arguments);
    var resumed = value(RESUME, arguments);
    if (given != null || resumed == null) {
      return given == null || given.isEmpty() ? null : Path.of(given);
    }
    if (RunFolder.isNewest(resumed)) {
      var output = value("--output", arguments);
      return RunFolder.newest(
              Path.of(output == null ? DEFAULT_OUTPUT : output), value("--name", arguments))
          .map(RunFolder::config)
          .orElse(null);
    }
    var file = RunFolder.of(Path.of(resumed)).config();
    return Files.exists(file) ? file : null; // the command says that there is no such run
  }

  /// The last value of `option`, which wins; empty if it is the last argument; null if not given.
  private static @Nullable String value(String option, String... arguments) {
    String value = null;
    for (var i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(option + "=")) {
        value = arguments[i].substring(option.length() + 1);
      } else if (arguments[i].equals(option)) {
        value = i + 1 < arguments.length ? arguments[i + 1] : "";
      }
    }
    return value;
  }

  /// The keys that a command's file may have.
  static List<String> keys(CommandSpec command) {
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
    var entry = argument instanceof OptionSpec option ? entries.get(key(option)) : null;
    return entry == null ? null : entry.value();
  }

  /// Where the value that picocli refuses comes from: `FILE, line N: ` if it was not a flag, else
  /// nothing.
  public static String origin(ParameterException e) {
    if (e.getCommandLine().getDefaultValueProvider() instanceof Config config
        && e.getArgSpec() instanceof OptionSpec option) {
      var entry = config.entries.get(key(option));
      if (entry != null) {
        return format("%s, line %d: ", entry.origin(), entry.line());
      }
    }
    return "";
  }

  /// Every option of a parsed command that has a value, by key.
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
        .map(e -> e.getKey() + ": " + Json.quoted(e.getValue()))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /// What the `config.yaml` of a run holds: every option that has a value, numbers, words and lists
  /// as such, each with where it comes from, read back by [#install]. Paths to what is there are
  /// absolute, so that they mean the same wherever the run goes on. What stands for an option that
  /// was left out is a comment: with another network, loss or optimizer it would be another value.
  ///
  /// @param resolved what options stand for that were left out, by key; before their defaults
  public static String document(CommandSpec command, Map<String, Object> resolved) {
    var lines = new TreeMap<String, String>();
    var provider = command.commandLine().getDefaultValueProvider();
    for (var option : command.options()) {
      var key = key(option);
      Object value = option.getValue();
      var origin = "default";
      var left = "";
      if (command.commandLine().getParseResult().hasMatchedOption(option)) {
        origin = "command line";
      } else if (provider instanceof Config config && config.entries.containsKey(key)) {
        origin = config.entries.get(key).origin().replaceAll("\\p{Cntrl}", "?");
      } else if (value == null || resolved.containsKey(key)) {
        value = resolved.get(key);
        origin = "what network, loss or optimizer have";
        left = "# ";
      }
      if (value != null && !NOT_IN_FILES.contains(key)) {
        lines.put(key, format("%s%s: %s  # %s", left, key, typed(value), origin));
      }
    }
    return String.join("\n", lines.values()) + "\n";
  }

  private static String typed(Object value) {
    return switch (value) {
      case Number number -> number.toString();
      case Boolean truth -> truth.toString();
      case Enum<?> word -> Json.quoted(word.name().toLowerCase(Locale.ROOT));
      case Collection<?> list ->
          list.stream().map(Config::typed).collect(Collectors.joining(", ", "[", "]"));
      case Path path when Files.exists(path) && !Faces.isWord(path) ->
          Json.quoted(path.toAbsolutePath().toString());
      default -> Json.quoted(value.toString());
    };
  }
}
