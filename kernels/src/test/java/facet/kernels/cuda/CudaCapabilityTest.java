package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.kernels.DeviceException;
import facet.kernels.Devices;
import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.check.BackendContract;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Other GPUs than an H100. Before and after compute capability 9.0 products in bf16 are those of
/// `mma.sync`, which other tests run on a GPU of that kind only. With one multiprocessor sums are
/// not split: blocks go through all their stages, and on 9.0 tiles are wide.
@CudaTest(onTestDriver = true)
class CudaCapabilityTest {
  private static final int AMPERE = 80;

  private static CudaBackend backend(Precision precision) {
    return new CudaBackend(0, precision, KernelChoice.HANDWRITTEN);
  }

  private static BackendContract contract() {
    return new BackendContract(() -> backend(Precision.BF16), CudaPrecisionTest.BF16_PRODUCTS);
  }

  @TestFactory
  Stream<DynamicTest> unsplitProductsOnHopper(TestDriver driver) {
    driver.multiprocessors(1);
    return contract().kernels(CudaPrecisionTest.family("gemm", "conv"));
  }

  @TestFactory
  Stream<DynamicTest> unsplitProductsOnAmpere(TestDriver driver) {
    driver.capability(AMPERE);
    driver.multiprocessors(1);
    return contract().kernels(CudaPrecisionTest.family("gemm", "conv"));
  }

  @TestFactory
  Stream<DynamicTest> convolutionOfBf16Tensors(TestDriver driver) {
    driver.capability(AMPERE);
    return contract().kernels(CudaPrecisionTest.overActivations(CudaPrecisionTest.family("conv")));
  }

  @Test
  void wgmmaIsLeftToCapability90(TestDriver driver) {
    for (var capability : new int[] {80, 86, 89, 100, 120}) {
      driver.capability(capability);
      try (var gpu = new Driver(0)) {
        CudaModule.load(gpu, "conv_tensor");
        assertThatThrownBy(() -> CudaModule.load(gpu, "conv_wgmma"))
            .isInstanceOf(DeviceException.class)
            .hasMessageContaining("CUDA_ERROR_INVALID_PTX")
            .hasMessageContaining("target sm_90a cannot be compiled to sm_" + capability);
      }
      backend(Precision.BF16).close();
    }
  }

  @Test
  void gpusThatAreTooOldSaySo(TestDriver driver) {
    driver.capability(75);
    try (var gpu = backend(Precision.FP32)) {
      assertThat(gpu.description()).contains("compute capability 7.5");
    }
    assertThatThrownBy(() -> backend(Precision.BF16))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "bf16 needs compute capability 8.0, this GPU has 7.5; use --device cpu or --precision"
                + " fp32.");
    driver.capability(70);
    assertThatThrownBy(() -> backend(Precision.FP32))
        .hasMessage("fp32 needs compute capability 7.5, this GPU has 7.0; use --device cpu.");
    try (var backend = Devices.open("auto", 1)) {
      assertThat(backend.name()).isEqualTo("cpu");
    }
  }
}
