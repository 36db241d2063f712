package facet.bench.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class GpuTableTest {
  @Test
  void joinsByQuestionAndSaysWhetherTheBarIsReached() {
    var ours =
        List.of(
            new Measurement("step", "batch=1", "bf16", 2, 4e9),
            new Measurement("gemm", "m=1", "tf32", 2, 4e9),
            new Measurement("sgd", "n=1", "fp32", 1, -3e9));
    var others =
        List.of(
            new Measurement("step", "batch=1", "bf16", 3, 0),
            new Measurement("step compiled", "batch=1", "bf16", 1.5, 0),
            new Measurement("gemm", "m=1", "tf32", 1.7, 0),
            new Measurement("gemm (vendor)", "m=1", "tf32", 1.5, 0),
            new Measurement("copy", "n=1", "fp32", 1, 0));

    assertThat(GpuTable.table(ours, others).stream().skip(2))
        .containsExactly(
            "| step | batch=1 | bf16 | 2.000 | 2.0 TFLOP/s | 3.000 (1.50) | 1.500 (0.75!) | - |",
            "| gemm | m=1 | tf32 | 2.000 | 2.0 TFLOP/s | 1.700 (0.85) | - | 1.500 (0.75) |",
            "| sgd | n=1 | fp32 | 1.000 | 3000 GB/s | - | - | - |");
  }

  @Test
  void aLineReadsBackAsWhatItWas() {
    var measurement = new Measurement("conv.forward", "n=64 h=7", "bf16", 0.125, 1.5e10);
    assertThat(Measurement.parse(measurement.line())).isEqualTo(measurement);
    assertThatThrownBy(() -> Measurement.parse("WARNING: x")).hasMessageContaining("WARNING: x");
  }
}
