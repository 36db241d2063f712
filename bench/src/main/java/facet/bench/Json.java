package facet.bench;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Takes JSON apart. What is not as expected is an [IllegalArgumentException].
final class Json {
  private Json() {}

  static @Nullable Object parse(String text) {
    var settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
    try {
      return new Load(settings).loadFromString(text); // JSON is YAML
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  static double number(@Nullable Object value) {
    return Double.parseDouble(String.valueOf(value));
  }

  static double[] numbers(@Nullable Object values) {
    return list(values).stream().mapToDouble(Json::number).toArray();
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
