package facet.bench;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// One benchmark with one choice of its parameters.
///
/// @param benchmark JMH's name, such as `facet.bench.GemmBenchmark.multiply`
record Question(String benchmark, SortedMap<String, String> params)
    implements Comparable<Question> {
  private static final Map<String, String> UNREMARKABLE =
      Map.of("threads", "0", "algorithm", "FASTEST", "batch", "32");

  Question(String benchmark, Map<String, String> params) {
    this(benchmark, new TreeMap<>(params));
  }

  /// The name of the class without `Benchmark`: `Gemm`.
  String subject() {
    var name = benchmark.substring(0, benchmark.lastIndexOf('.'));
    return name.substring(name.lastIndexOf('.') + 1).replaceFirst("Benchmark$", "");
  }

  /// The name of the method: `multiply`.
  String verb() {
    return benchmark.substring(benchmark.lastIndexOf('.') + 1);
  }

  String param(String name) {
    var value = params.get(name);
    if (value == null) {
      throw new IllegalArgumentException(benchmark + " has no parameter '" + name + "'");
    }
    return value;
  }

  int number(String name) {
    return Integer.parseInt(param(name));
  }

  /// How many cores it is about.
  int cores() {
    return OnCpu.cores(Integer.parseInt(params.getOrDefault("threads", "0")));
  }

  @Override
  public int compareTo(Question other) {
    return toString().compareTo(other.toString());
  }

  /// `Convolution.forward layer=64-64@112`, without the parameters that say nothing special.
  @Override
  public String toString() {
    return params.entrySet().stream()
        .filter(e -> !e.getValue().equals(UNREMARKABLE.get(e.getKey())))
        .map(e -> " " + e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining("", subject() + "." + verb(), ""));
  }
}
