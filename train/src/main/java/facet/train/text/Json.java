package facet.train.text;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/// JSON: maps with text as keys, lists, arrays of numbers, text, numbers, truth values.
public final class Json {
  private static final int MAX_CHARACTERS = 20_000_000;

  private Json() {}

  /// `value` as text; numbers that are not finite become null.
  public static String text(Object value) {
    var out = new StringBuilder();
    write(value, out, "\n");
    return out.append('\n').toString();
  }

  private static void write(Object value, StringBuilder out, String indent) {
    switch (value) {
      case Map<?, ?> map -> {
        var separator = "{" + indent + "  ";
        for (var entry : map.entrySet()) {
          out.append(separator).append(quoted(String.valueOf(entry.getKey()))).append(": ");
          write(entry.getValue(), out, indent + "  ");
          separator = "," + indent + "  ";
        }
        out.append(map.isEmpty() ? "{}" : indent + "}");
      }
      case Iterable<?> list -> {
        out.append('[');
        var separator = "";
        for (var element : list) {
          out.append(separator);
          write(element, out, indent + "  ");
          separator = ", ";
        }
        out.append(']');
      }
      case double[] numbers -> {
        for (var i = 0; i < numbers.length; i++) {
          out.append(i == 0 ? "[" : ", ").append(number(numbers[i]));
        }
        out.append(numbers.length == 0 ? "[]" : "]");
      }
      case Number number -> out.append(number(number.doubleValue()));
      case Boolean truth -> out.append(truth.booleanValue());
      default -> out.append(quoted(value.toString()));
    }
  }

  private static String number(double value) {
    if (!Double.isFinite(value)) {
      return "null";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /// Text in quotes, as JSON and YAML have it.
  public static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (var c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (isPlain(c)) {
        quoted.append(c);
      } else {
        quoted.append(format("\\u%04x", (int) c));
      }
    }
    return quoted.append('"').toString();
  }

  /// Whether YAML takes a character as it stands: no control characters, no line breaks of Unicode,
  /// no byte-order mark. Halves of a pair, as of emoji, come in pairs.
  private static boolean isPlain(char c) {
    return !Character.isISOControl(c)
        && c != '\u2028'
        && c != '\u2029'
        && c != '\ufeff'
        && c < '\ufffe';
  }

  /// What `text` stands for: maps, lists, strings, numbers, booleans, null.
  ///
  /// @throws IllegalArgumentException saying why it is not JSON
  public static @Nullable Object parse(String text) {
    var settings =
        LoadSettings.builder()
            .setSchema(new JsonSchema()) // YAML 1.2 contains JSON
            .setCodePointLimit(MAX_CHARACTERS)
            .build();
    try {
      YamlLimits.check(text, settings);
      return new Load(settings).loadFromString(text);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException(e.getMessage().replaceAll("\\s+", " "), e);
    }
  }

  /// The object in `file`.
  public static Map<?, ?> read(Path file) {
    try {
      if (Files.size(file) > MAX_CHARACTERS) {
        throw FacetException.data(
            file, format("more than %,d characters", MAX_CHARACTERS), "create it again");
      }
      if (parse(Files.readString(file)) instanceof Map<?, ?> map) {
        return map;
      }
    } catch (IllegalArgumentException e) {
      throw FacetException.data(file, "not JSON (" + e.getMessage() + ")", "create it again", e);
    } catch (IOException e) {
      throw FacetException.data(
          file, "cannot be read (" + e.getMessage() + ")", "check that it is there", e);
    }
    throw FacetException.data(file, "not a JSON object", "create it again");
  }
}
