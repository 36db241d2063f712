package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.reference.ReferenceBackend;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class InitializerTest {
  private static double deviation(float[] values) {
    var mean = mean(values);
    var sum = 0.0;
    for (var v : values) {
      sum += (v - mean) * (v - mean);
    }
    return Math.sqrt(sum / values.length);
  }

  private static double mean(float[] values) {
    var sum = 0.0;
    for (var v : values) {
      sum += v;
    }
    return sum / values.length;
  }

  @Test
  void normalHasItsDeviationAndTails() {
    var values = Initializer.normal(0.1).values(Shape.of(100_000), 5);
    assertThat(mean(values)).isCloseTo(0, within(0.001));
    assertThat(deviation(values)).isCloseTo(0.1, within(0.001));
    var beyond = 0;
    for (var v : values) {
      beyond += Math.abs(v) > 0.2 ? 1 : 0;
    }
    assertThat(beyond / 1e5).isCloseTo(0.0455, within(0.003)); // two deviations
  }

  @Test
  void kaimingCountsTheOutputs() {
    var values = Initializer.kaimingFanOut().values(Shape.of(32, 3, 3, 100), 5);
    assertThat(deviation(values)).isCloseTo(Math.sqrt(2.0 / (32 * 9)), within(0.001));
  }

  @Test
  void uniformStaysWithinItsBound() {
    var values = Initializer.uniformFanIn(25).values(Shape.of(10_000), 5);
    assertThat(deviation(values)).isCloseTo(0.2 / Math.sqrt(3), within(0.002));
    for (var v : values) {
      assertThat(v).isBetween(-0.2f, 0.2f);
    }
  }

  @Test
  void seedsDecideAndParametersDiffer() {
    var shape = Shape.of(50);
    var normal = Initializer.normal(1);
    assertThat(normal.values(shape, 1)).isEqualTo(normal.values(shape, 1));
    assertThat(normal.values(shape, 1)).isNotEqualTo(normal.values(shape, 2));
    assertThat(state(1).get(0)).isEqualTo(state(1).get(0));
    assertThat(Arrays.equals(state(1).get(0), state(1).get(1))).isFalse();
    assertThat(Arrays.equals(state(1).get(0), state(2).get(0))).isFalse();
  }

  private static List<double[]> state(long seed) {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, seed);
      parameters.vector("a", 9, Initializer.normal(1));
      parameters.vector("b", 9, Initializer.normal(1));
      return parameters.all().stream().map(p -> p.value().toDoubles()).toList();
    }
  }
}
