package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.kernel.GemmShape;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// JCuda's half for cuBLAS 12 on a cuBLAS 13, which is the test driver's.
@CudaTest(onTestDriver = true)
class VendorTest {
  private static final String FOLDERS = "facet.cuda.libraries";

  @BeforeEach
  void nameTheFolder(TestDriver test) {
    System.setProperty(FOLDERS, test.folder());
  }

  @AfterEach
  void forgetTheFolder() {
    System.clearProperty(FOLDERS);
  }

  @Test
  void cublasMultipliesInAllTranspositions() {
    try (var backend = new CudaBackend(0, Precision.FP32, KernelChoice.HANDWRITTEN);
        var driver = new Driver(0)) {
      var gemm =
          new VendorGemm(
              driver,
              new CudaPointwise(driver, new CudaMemory(driver), Precision.FP32),
              Precision.FP32);
      for (var mode = 0; mode < 4; mode++) {
        check(backend, gemm, mode % 2 == 1, mode / 2 == 1, 5, 7, 3, 0);
        check(backend, gemm, mode % 2 == 1, mode / 2 == 1, 4, 1, 6, -0.5);
      }
      check(backend, gemm, false, false, 2, 3, 0, 0);
      check(backend, gemm, false, false, 2, 3, 0, 2);
      gemm.gemm(
          new GemmShape(false, false, 0, 3, 2), 1, none(backend), none(backend), 0, none(backend));
      gemm.close();
    }
  }

  private static CudaStorage none(CudaBackend backend) {
    return CudaStorage.of(backend.pool().take(0));
  }

  /// Against Facet's own.
  private static void check(
      CudaBackend backend,
      VendorGemm gemm,
      boolean ta,
      boolean tb,
      int m,
      int n,
      int k,
      double beta) {
    var random = new Random(m + n);
    var a = random(backend, m * k, random);
    var b = random(backend, k * n, random);
    var c = new double[m * n];
    var vendor = random(backend, m * n, random);
    backend.read(vendor, c, 0, m * n);
    var own = backend.pool().take(m * n);
    backend.write(c, 0, own, m * n);
    gemm.gemm(new GemmShape(ta, tb, m, n, k), 1.5, a, b, beta, vendor);
    backend.kernels().gemm().gemm(new GemmShape(ta, tb, m, n, k), 1.5, a, b, beta, own);
    var actual = new double[m * n];
    backend.read(vendor, actual, 0, m * n);
    backend.read(own, c, 0, m * n);
    for (var i = 0; i < c.length; i++) {
      assertThat(actual[i]).isCloseTo(c[i], within(1e-5));
    }
  }

  private static CudaStorage random(CudaBackend backend, int n, Random random) {
    var storage = backend.pool().take(n);
    backend.write(random.doubles(n, -1, 1).toArray(), 0, storage, n);
    return CudaStorage.of(storage);
  }

  @Test
  void whatIsMissingIsSaidAndReplaced() {
    try (var backend = new CudaBackend(0, Precision.FP32, KernelChoice.VENDOR)) {
      assertThat(backend.vendorProblem())
          .startsWith("cuDNN was not found: no libcudnn.so.9 in ")
          .endsWith("install it, or name its folder in FACET_CUDA_LIBRARIES.");
      assertThat(backend.kernels().gemm()).isInstanceOf(CudaGemm.class);
    }
    assertThat(CudaBackend.vendorLibraries().get("cuBLAS")).endsWith("/libcublas.so.13");
    assertThat(CudaBackend.vendorLibraries().get("cuDNN")).startsWith("not available: cuDNN was");
  }

  @Test
  void onlyALibraryThatNeedsTheOtherCanBeChanged() {
    var text = "no library".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> ElfPatch.renameDependency(text, "libcublas.so.12", "libcublas.so.13"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("libcublas.so.12");
  }
}
