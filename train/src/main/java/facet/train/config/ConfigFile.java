package facet.train.config;

import static facet.train.error.Printable.format;

import facet.nn.io.FileKind;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.text.TextFile;
import facet.train.text.YamlLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads YAML files of `key: value` lines, where a value is a word or a list of words.
///
/// The words are taken as they are written, not as the numbers or booleans that YAML sees in them:
/// what they mean is for the option of that name to say.
final class ConfigFile {
  private static final int MAX_BYTES = 1 << 20;
  private static final String EXPECTED = "a YAML file with 'key: value' lines";

  private ConfigFile() {}

  /// A value, the elements of a list joined by commas, and the line of its key from 1.
  ///
  /// @param origin names the file
  record Entry(String value, String origin, int line) {}

  /// The entries of `file`, whose keys must be among `known`.
  static Map<String, Entry> entries(Path file, List<String> known) {
    return entries(file, mapping(file).getValue(), known);
  }

  /// The entries of a mapping in `file`, whose keys must be among `known`, in the file's order;
  /// keys without a value are left out.
  static Map<String, Entry> entries(Path file, List<NodeTuple> mapping, List<String> known) {
    var entries = new LinkedHashMap<String, Entry>();
    for (var tuple : mapping) {
      var name = key(file, tuple, known);
      var value = value(where(file, tuple) + "'" + name + "'", tuple.getValueNode());
      putOnce(
          entries, name, new Entry(value, file.toString(), line(tuple.getKeyNode())), file, tuple);
    }
    entries.values().removeIf(entry -> entry.value.isEmpty());
    return entries;
  }

  static <V> void putOnce(Map<String, V> map, String key, V value, Path file, NodeTuple tuple) {
    if (map.putIfAbsent(key, value) != null) {
      throw FacetException.usage(
          where(file, tuple) + "the key '" + key + "' occurs a second time.");
    }
  }

  /// The key of `tuple`, which must be among `known` if any are.
  static String key(Path file, NodeTuple tuple, List<String> known) {
    if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
      throw FacetException.usage(where(file, tuple) + "expected 'key: value'.");
    }
    var name = key.getValue();
    if (!known.isEmpty() && !known.contains(name)) {
      throw FacetException.usage(
          where(file, tuple)
              + format("unknown key '%s'; did you mean '%s'?", name, nearest(name, known)));
    }
    return name;
  }

  /// `FILE, line N: `.
  static String where(Path file, NodeTuple tuple) {
    return format("%s, line %d: ", file, line(tuple.getKeyNode()));
  }

  /// All of `file`.
  static MappingNode mapping(Path file) {
    try {
      return mapping(file, text(file));
    } catch (CharacterCodingException e) {
      throw FacetException.data(file, "not a text file in UTF-8", "name " + EXPECTED, e);
    } catch (NoSuchFileException e) {
      throw FacetException.data(file, "no such file", "name " + EXPECTED, e);
    } catch (IOException e) {
      throw FacetException.data(file, "the configuration cannot be read", "name " + EXPECTED, e);
    }
  }

  /// The text of a file that is called `file` in messages.
  static MappingNode mapping(Path file, String text) {
    try {
      var settings =
          LoadSettings.builder().setLabel(file.toString()).setAllowNonScalarKeys(true).build();
      YamlLimits.check(text, settings);
      var root = new Compose(settings).composeString(text);
      if (root.isPresent() && root.get() instanceof MappingNode mapping) {
        return mapping;
      }
      throw FacetException.usage(file + ": expected lines 'key: value', such as 'epochs: 20'.");
    } catch (MarkedYamlEngineException e) {
      var line = e.getProblemMark().map(mark -> ", line " + (mark.getLine() + 1)).orElse("");
      throw new FacetException(
          ExitCode.USAGE, file + line + ": not valid YAML: " + e.getProblem() + ".", e);
    } catch (YamlEngineException e) {
      throw new FacetException(ExitCode.USAGE, file + ": not valid YAML: " + e.getMessage(), e);
    }
  }

  private static String text(Path file) throws IOException {
    TextFile.requireReadable(file, EXPECTED);
    var kind = FileKind.of(file);
    if (kind != null) {
      throw FacetException.data(file, "it is " + kind, "name " + EXPECTED);
    }
    try (var in = Files.newInputStream(file)) {
      var bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw FacetException.data(
            file, format("a configuration of more than %,d bytes", MAX_BYTES), "name " + EXPECTED);
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
  }

  static String value(String what, Node node) {
    return switch (node) {
      case ScalarNode scalar -> scalar.getValue();
      case SequenceNode list ->
          list.getValue().stream()
              .map(element -> word(what, element))
              .collect(Collectors.joining(","));
      default -> throw notNested(what);
    };
  }

  private static String word(String what, Node element) {
    if (element instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw notNested(what);
  }

  private static FacetException notNested(String what) {
    return FacetException.usage(what + " must be a value or a list, not nested keys.");
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  /// The candidate with the fewest edits from `name`.
  private static String nearest(String name, List<String> candidates) {
    var best = "";
    for (var candidate : candidates) {
      if (best.isEmpty() || edits(name, candidate) < edits(name, best)) {
        best = candidate;
      }
    }
    return best;
  }

  /// Levenshtein's distance, row by row of its table.
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
