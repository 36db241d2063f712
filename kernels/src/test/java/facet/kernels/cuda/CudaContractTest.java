package facet.kernels.cuda;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.check.BackendContract;
import facet.tensor.check.KernelCases;
import facet.tensor.check.OpSpecs;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The cuda backend keeps the contract of all backends, on the test driver in every order of
/// threads.
@CudaTest
class CudaContractTest {
  /// Float32: half a unit in the last place is 6e-8, and sums of some hundred terms lose a digit.
  private static final double TOLERANCE = 1e-5;

  private static BackendContract contract() {
    return new BackendContract(
        () -> new CudaBackend(0, Precision.FP32, KernelChoice.HANDWRITTEN), TOLERANCE);
  }

  @TestFactory
  Stream<DynamicContainer> kernels(@Nullable TestDriver driver) {
    return inAllOrders(driver, () -> contract().kernels(KernelCases.all()));
  }

  @TestFactory
  Stream<DynamicContainer> ops(@Nullable TestDriver driver) {
    return inAllOrders(driver, () -> contract().ops(OpSpecs.all(), OpSpecs.errors()));
  }

  private static Stream<DynamicContainer> inAllOrders(
      @Nullable TestDriver driver, Supplier<Stream<DynamicTest>> tests) {
    if (driver == null) {
      return Stream.of(DynamicContainer.dynamicContainer("GPU", tests.get()));
    }
    return Stream.of(TestDriver.Order.values())
        .map(
            order ->
                DynamicContainer.dynamicContainer(
                    order.name(),
                    tests
                        .get()
                        .map(
                            test ->
                                DynamicTest.dynamicTest(
                                    test.getDisplayName(),
                                    () -> {
                                      driver.order(order, 20_261);
                                      test.getExecutable().execute();
                                    }))));
  }
}
