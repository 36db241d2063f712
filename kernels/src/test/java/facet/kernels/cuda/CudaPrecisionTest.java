package facet.kernels.cuda;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.check.BackendContract;
import facet.tensor.check.KernelCases;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Gemm and convolution on tensor cores keep the contract, with the tolerance that rounded factors
/// ask for: a sum of n products is off by some 2^-11 (TF32) or 2^-9 (bf16) of the square root of n,
/// the worst of thousands by a few times that.
@CudaTest
class CudaPrecisionTest {
  @TestFactory
  Stream<DynamicTest> tf32() {
    return cases(Precision.TF32, 2e-3);
  }

  @TestFactory
  Stream<DynamicTest> bf16() {
    return cases(Precision.BF16, 1.5e-2);
  }

  private static Stream<DynamicTest> cases(Precision precision, double tolerance) {
    var cases =
        KernelCases.all().stream()
            .filter(test -> test.family().equals("gemm") || test.family().equals("conv"))
            .toList();
    return new BackendContract(
            () -> new CudaBackend(0, precision, KernelChoice.HANDWRITTEN), tolerance)
        .kernels(cases);
  }
}
