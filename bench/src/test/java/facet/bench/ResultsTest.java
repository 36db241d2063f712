package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
  @TempDir private Path temp;

  private Results read(String json) throws IOException {
    return Results.read(Files.writeString(temp.resolve("result.json"), json));
  }

  @Test
  void readsTimesAndYardsticksOfEveryLaunch() throws IOException {
    var results =
        read(
            """
            [{"benchmark": "facet.bench.GemmBenchmark.multiply",
              "params": {"product": "8x8x8", "threads": "0"},
              "primaryMetric": {"score": 2.5, "scoreError": "NaN", "scoreUnit": "ms/op",
                "rawData": [[1.0, 2.0], [3.0, 4.0E0]]},
              "secondaryMetrics": {
                "cores.busy": {"rawData": [[1.9, 2.0], [1.8, 1.7]]},
                "peak.gflops": {"rawData": [[500.0, 501.0], [502.0, 503.0]]},
                "peak.gbytes": {"rawData": [[40.0, 41.0], [42.0, 43.0]]}}}]
            """);
    var question =
        new Question(
            "facet.bench.GemmBenchmark.multiply", Map.of("product", "8x8x8", "threads", "0"));
    assertThat(results.launches()).containsOnlyKeys(question);
    var second = results.launches().get(question).get(1);
    assertThat(second.seconds()).containsExactly(0.003, 0.004);
    assertThat(second.cores()).containsExactly(1.8, 1.7);
    assertThat(second.gflops()).containsExactly(502, 503);
    assertThat(second.gbytes()).containsExactly(42, 43);
    assertThat(question).hasToString("Gemm.multiply product=8x8x8");
  }

  @Test
  void doesWithoutYardsticks() throws IOException {
    var results =
        read(
            """
            [{"benchmark": "a.b.CBenchmark.d",
              "primaryMetric": {"scoreUnit": "us/op", "rawData": [[7]]}, "secondaryMetrics": {}}]
            """);
    var launch = results.launches().values().iterator().next().getFirst();
    assertThat(launch.seconds()).containsExactly(7e-6);
    assertThat(launch.hasYardsticks()).isFalse();
  }

  @Test
  void refusesWhatIsNoResult() {
    assertThatThrownBy(() -> read("{]"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("result.json is no JMH result in JSON")
        .hasMessageContaining("write one with -rff FILE");
    assertThatThrownBy(() -> read("{}")).hasMessageContaining("expected a list, found {}");
    assertThatThrownBy(
            () ->
                read(
                    """
                    [{"benchmark": "a.bBenchmark.c",
                      "primaryMetric": {"scoreUnit": "ops/s", "rawData": [[1]]},
                      "secondaryMetrics": {}}]
                    """))
        .hasMessageContaining("b.c is measured in ops/s, not in time");
  }
}
