package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.kernels.cuda.CudaBackend;
import facet.kernels.cuda.CudaTest;
import facet.kernels.cuda.TestDriver;
import facet.nn.GoldenRun;
import facet.nn.loss.LossSpecs;
import facet.tensor.check.BackendContract;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What `nn` proves on the reference backend holds on a GPU: in float32, and in bf16 within the
/// rounding of what is stored.
@CudaTest
class CudaFollowsPyTorchTest {
  private static CudaBackend backend() {
    return new CudaBackend(0, Precision.FP32, KernelChoice.HANDWRITTEN);
  }

  private static void follows() {
    try (var backend = backend()) {
      var deviation = GoldenRun.run(backend);
      assertThat(deviation.losses()).isLessThan(1e-5);
      assertThat(deviation.norms()).isLessThan(1e-5);
      assertThat(deviation.weights()).isLessThan(1e-5);
      assertThat(backend.pool().live()).isZero();
    }
  }

  @Test
  void goldenRun() {
    follows();
  }

  /// Every activation is off by up to 2^-9 of it, in ten steps of a network of 11 layers.
  @Test
  void goldenRunInBf16() {
    try (var backend = new CudaBackend(0, Precision.BF16, KernelChoice.HANDWRITTEN)) {
      var deviation = GoldenRun.run(backend);
      assertThat(deviation.losses()).isLessThan(2e-2);
      assertThat(deviation.norms()).isLessThan(5e-2);
      assertThat(deviation.weights()).isLessThan(5e-2);
      assertThat(backend.pool().live()).isZero();
      assertThat(backend.activations().live()).isZero();
      assertThat(backend.activations().allocations()).isPositive();
    }
  }

  @Test
  void goldenRunInReverseOrder(@Nullable TestDriver driver) {
    if (driver != null) {
      driver.order(TestDriver.Order.REVERSE, 0);
      follows();
    }
  }

  /// Nothing runs before something waits for it, so that a wait that is missing is found out.
  @Test
  void goldenRunShuffledAndAsLateAsPossible(@Nullable TestDriver driver) {
    if (driver != null) {
      driver.order(TestDriver.Order.SHUFFLED, 5);
      driver.lazy(true);
      follows();
    }
  }

  @TestFactory
  Stream<DynamicTest> losses() {
    return new BackendContract(CudaFollowsPyTorchTest::backend, 1e-5)
        .ops(LossSpecs.all(), LossSpecs.errors());
  }
}
