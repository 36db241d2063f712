package facet.bench;

import facet.train.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          file
              + ": there is no such file or folder; name a result written with -rff FILE, or a"
              + " checkout of Facet");
    }
    var text = Files.readString(file);
    try {
      return parse(Json.parse(text));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          file + " is no JMH result in JSON (" + e.getMessage() + "); write one with -rff FILE", e);
    }
  }

  private static Results parse(@Nullable Object document) {
    var results = new Results();
    for (var entry : JsonValues.list(document)) {
      var params = new TreeMap<String, String>();
      var given = JsonValues.map(entry).get("params");
      if (given != null) {
        JsonValues.map(given).forEach((name, value) -> params.put(name, String.valueOf(value)));
      }
      var question = new Question(String.valueOf(JsonValues.map(entry).get("benchmark")), params);
      var primary = JsonValues.map(JsonValues.map(entry).get("primaryMetric"));
      var unit = SECONDS.get(String.valueOf(primary.get("scoreUnit")));
      if (unit == null) {
        throw new IllegalArgumentException(
            question + " is measured in " + primary.get("scoreUnit") + ", not in time");
      }
      var secondary = JsonValues.map(JsonValues.map(entry).get("secondaryMetrics"));
      var times = JsonValues.list(primary.get("rawData"));
      for (var fork = 0; fork < times.size(); fork++) {
        results.add(
            question,
            new Launch(
                numbers(times.get(fork), unit),
                raw(secondary.get(Yardstick.CORES), fork),
                raw(secondary.get(Yardstick.COMPUTE), fork),
                raw(secondary.get(Yardstick.MEMORY), fork)));
      }
    }
    return results;
  }

  private static double[] raw(@Nullable Object metric, int fork) {
    return metric == null
        ? new double[0]
        : numbers(JsonValues.list(JsonValues.map(metric).get("rawData")).get(fork), 1);
  }

  private static double[] numbers(Object values, double unit) {
    var numbers = JsonValues.numbers(values);
    Arrays.setAll(numbers, i -> unit * numbers[i]);
    return numbers;
  }
}
