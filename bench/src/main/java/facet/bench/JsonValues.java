package facet.bench;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The parts of parsed JSON, by the types that are expected of them; another type is an
/// [IllegalArgumentException].
final class JsonValues {
  private JsonValues() {}

  static double number(@Nullable Object value) {
    return Double.parseDouble(String.valueOf(value));
  }

  static double[] numbers(@Nullable Object values) {
    return list(values).stream().mapToDouble(JsonValues::number).toArray();
  }

  static List<?> list(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException("expected a list, found " + value);
  }

  @SuppressWarnings("unchecked") // the keys of JSON are strings
  static Map<String, Object> map(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new IllegalArgumentException("expected an object, found " + value);
  }
}
