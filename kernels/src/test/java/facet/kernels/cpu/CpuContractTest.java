package facet.kernels.cpu;

import facet.tensor.check.BackendContract;
import facet.tensor.check.KernelCases;
import facet.tensor.check.OpSpecs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/// The cpu backend keeps the contract of all backends, at every vector width, with one thread and
/// with several.
class CpuContractTest {
  /// Float32: half a unit in the last place is 6e-8, and sums of some hundred terms lose a digit.
  private static final double TOLERANCE = 1e-5;

  private static BackendContract contract(Setup setup) {
    return new BackendContract(() -> new CpuBackend(setup.threads(), setup.bits()), TOLERANCE);
  }

  @TestFactory
  Stream<DynamicContainer> kernels() {
    return Setup.all()
        .map(
            setup ->
                DynamicContainer.dynamicContainer(
                    setup.toString(), contract(setup).kernels(KernelCases.all())));
  }

  @TestFactory
  Stream<DynamicContainer> ops() {
    return Setup.all()
        .map(
            setup ->
                DynamicContainer.dynamicContainer(
                    setup.toString(), contract(setup).ops(OpSpecs.all(), OpSpecs.errors())));
  }
}
