package facet.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The fields of a [NetworkSpec] in a checkpoint's header.
record SpecText(Map<String, String> text) {
  String field(String key) {
    var value = text.get(key);
    if (value == null) {
      throw new IllegalArgumentException("network: the field '" + key + "' is missing");
    }
    return value;
  }

  int integer(String key) {
    return integer(key, field(key));
  }

  List<Integer> integers(String key) {
    var values = new ArrayList<Integer>();
    for (var value : field(key).split(",")) {
      values.add(integer(key, value));
    }
    return values;
  }

  private static int integer(String key, String value) {
    try {
      return Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "network: " + key + " is '" + value + "', expected a whole number", e);
    }
  }

  static String join(List<Integer> values) {
    return String.join(",", values.stream().map(String::valueOf).toList());
  }
}
