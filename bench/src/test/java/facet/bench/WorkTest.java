package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkTest {
  private static Work work(String name, Map<String, String> params) {
    return Work.of(new Question("facet.bench." + name, params));
  }

  @Test
  void aProductHasTwoOperationsATerm() {
    assertThat(work("GemmBenchmark.multiply", Map.of("product", "2x3x5:TN")).flop()).isEqualTo(60);
    assertThat(GemmProblem.parse("2x3x5:TN")).isEqualTo(new GemmProblem(2, 3, 5, true, false));
  }

  @Test
  void aConvolutionCountsAsByTheDefinition() {
    var params = Map.of("layer", "64-128@56/2k1", "batch", "4");
    assertThat(work("ConvolutionBenchmark.forward", params).flop())
        .isEqualTo(2.0 * 4 * 28 * 28 * 64 * 128);
    assertThat(ConvLayer.parse("3-64@112")).isEqualTo(new ConvLayer(3, 64, 112, 1, 3));
  }

  @Test
  void batchNormMovesItsTensorThreeTimes() {
    var params = Map.of("layer", "64@8", "then", "NOTHING");
    assertThat(work("BatchNormBenchmark.forward", params).bytes())
        .isEqualTo(3.0 * 4 * Work.IMAGES * 8 * 8 * 64);
  }

  @Test
  void aTrainingStepIsThreeForwardPasses() {
    var params = Map.of("network", "iresnet50", "batch", "32");
    var step = work("TrainingStepBenchmark.step", params);
    assertThat(step.flop()).isEqualTo(3 * work("EmbeddingBenchmark.embed", params).flop());
    assertThat(step.rate(2).value()).isEqualTo(16);
    assertThat(step.rate(2).unit()).isEqualTo("images/s");
  }

  @Test
  void whatIsMisspeltIsNamed() {
    assertThatThrownBy(() -> ConvLayer.parse("64@112"))
        .hasMessage("layer '64@112' should look like 64-64@112, 64-64@112/2 or 64-128@56/2k1");
    assertThatThrownBy(() -> GemmProblem.parse("512"))
        .hasMessage("product '512' should look like 512x512x512 or 64x32x16:TN");
  }
}
