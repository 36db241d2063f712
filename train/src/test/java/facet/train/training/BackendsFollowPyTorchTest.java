package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.cpu.CpuBackend;
import facet.nn.GoldenRun;
import facet.nn.loss.LossSpecs;
import facet.tensor.check.BackendContract;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What `nn` proves on the reference backend holds on the backends that train, in float32.
class BackendsFollowPyTorchTest {
  @Test
  void goldenRunOnTheCpu() {
    try (var backend = new CpuBackend(2)) {
      var deviation = GoldenRun.run(backend);
      assertThat(deviation.losses()).isLessThan(1e-5);
      assertThat(deviation.norms()).isLessThan(1e-5);
      assertThat(deviation.weights()).isLessThan(1e-5);
      assertThat(backend.pool().live()).isZero();
    }
  }

  @TestFactory
  Stream<DynamicTest> lossesOnTheCpu() {
    return new BackendContract(() -> new CpuBackend(2), 1e-5)
        .ops(LossSpecs.all(), LossSpecs.errors());
  }
}
