package facet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// The launches of every question.
record Results(Map<Question, List<Launch>> launches) {
  private static final Map<String, Double> SECONDS =
      Map.of("s/op", 1.0, "ms/op", 1e-3, "us/op", 1e-6, "ns/op", 1e-9);

  Results() {
    this(new TreeMap<>());
  }

  void add(Question question, Launch launch) {
    launches.computeIfAbsent(question, q -> new ArrayList<>()).add(launch);
  }

  /// Reads what JMH writes with `-rf json`.
  ///
  /// @throws IOException naming the file if it is no such result
  static Results read(Path file) throws IOException {
    var text = Files.readString(file);
    try { // JSON is YAML
      var settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
      return parse(new Load(settings).loadFromString(text));
    } catch (YamlEngineException | IllegalArgumentException e) {
      throw new IOException(
          file + " is no JMH result in JSON (" + e.getMessage() + "); write one with -rff FILE", e);
    }
  }

  private static Results parse(@Nullable Object document) {
    var results = new Results();
    for (var entry : list(document)) {
      var params = new TreeMap<String, String>();
      var given = map(entry).get("params");
      if (given != null) {
        map(given).forEach((name, value) -> params.put(name, String.valueOf(value)));
      }
      var question = new Question(String.valueOf(map(entry).get("benchmark")), params);
      var primary = map(map(entry).get("primaryMetric"));
      var unit = SECONDS.get(String.valueOf(primary.get("scoreUnit")));
      if (unit == null) {
        throw new IllegalArgumentException(
            question + " is measured in " + primary.get("scoreUnit") + ", not in time");
      }
      var secondary = map(map(entry).get("secondaryMetrics"));
      var times = list(primary.get("rawData"));
      for (var fork = 0; fork < times.size(); fork++) {
        results.add(
            question,
            new Launch(
                numbers(times.get(fork), unit),
                raw(secondary.get(Yardstick.COMPUTE), fork),
                raw(secondary.get(Yardstick.MEMORY), fork)));
      }
    }
    return results;
  }

  private static double[] raw(@Nullable Object metric, int fork) {
    return metric == null ? new double[0] : numbers(list(map(metric).get("rawData")).get(fork), 1);
  }

  private static double[] numbers(Object values, double unit) {
    return list(values).stream()
        .mapToDouble(value -> unit * Double.parseDouble(value.toString()))
        .toArray();
  }

  private static List<?> list(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException("expected a list, found " + value);
  }

  @SuppressWarnings("unchecked") // the keys of JSON are strings
  private static Map<String, Object> map(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new IllegalArgumentException("expected an object, found " + value);
  }
}
