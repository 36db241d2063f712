package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.check.BackendContract;
import facet.tensor.check.GradientCheck;
import facet.tensor.check.OpScan;
import facet.tensor.reference.ReferenceBackend;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LossGradientTest {
  @TestFactory
  Stream<DynamicTest> everyOp() {
    return GradientCheck.tests(LossSpecs.all());
  }

  @TestFactory
  Stream<DynamicTest> theReferenceKeepsTheContract() {
    return new BackendContract(ReferenceBackend::new, 1e-12)
        .ops(LossSpecs.all(), LossSpecs.errors());
  }

  @Test
  void everyOpHasSmoothSpec() {
    assertThat(OpScan.withoutSpec(MarginSoftmax.class, "facet.nn", LossSpecs.all())).isEmpty();
  }
}
