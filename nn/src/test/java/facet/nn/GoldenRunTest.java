package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

class GoldenRunTest {
  @Test
  void theReferenceFollowsPyTorch() {
    try (var backend = new ReferenceBackend()) {
      var deviation = GoldenRun.run(backend);
      assertThat(deviation.losses()).isLessThan(1e-10);
      assertThat(deviation.norms()).isLessThan(1e-10);
      assertThat(deviation.weights()).isLessThan(1e-10);
      assertThat(backend.pool().live()).isZero();
    }
  }
}
