package facet.kernels.cuda;

import facet.kernels.DeviceException;
import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.GemmShape;
import java.util.Locale;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;

/// [GemmKernels] by cuBLAS, which counts in columns: what is row-major `C = A B` here is
/// `C' = B' A'` there.
final class VendorGemm implements GemmKernels {
  private static final int DEFAULT_ALGORITHM = -1;

  private final cublasHandle handle = new cublasHandle();
  private final CudaPointwise pointwise;
  private final int computeType;
  private final float[] alpha = new float[1];
  private final float[] beta = new float[1];
  private final Pointer alphaPointer = Pointer.to(alpha);
  private final Pointer betaPointer = Pointer.to(beta);

  /// @throws DeviceException if cuBLAS cannot be loaded
  VendorGemm(Driver driver, CudaPointwise pointwise, Precision precision) {
    VendorLibraries.loadCublas(() -> JCublas2.setExceptionsEnabled(false));
    this.pointwise = pointwise;
    computeType =
        switch (precision) {
          case FP32 -> cublasComputeType.CUBLAS_COMPUTE_32F;
          case TF32 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32;
          case BF16 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF;
        };
    check(JCublas2.cublasCreate(handle), "cublasCreate");
    check(JCublas2.cublasSetStream(handle, driver.runtimeStream()), "cublasSetStream");
  }

  @Override
  public void gemm(GemmShape s, double alpha, Storage a, Storage b, double beta, Storage c) {
    var m = s.m();
    var n = s.n();
    var k = s.k();
    if (m == 0 || n == 0) {
      return;
    }
    if (k == 0) {
      scale(m * n, beta, c);
      return;
    }
    this.alpha[0] = (float) alpha;
    this.beta[0] = (float) beta;
    check(
        JCublas2.cublasGemmEx_new(
            handle,
            operation(s.transposeB()),
            operation(s.transposeA()),
            n,
            m,
            k,
            alphaPointer,
            pointer(b),
            cudaDataType.CUDA_R_32F,
            s.transposeB() ? k : n,
            pointer(a),
            cudaDataType.CUDA_R_32F,
            s.transposeA() ? m : k,
            betaPointer,
            pointer(c),
            cudaDataType.CUDA_R_32F,
            n,
            computeType,
            DEFAULT_ALGORITHM),
        "cublasGemmEx");
  }

  private void scale(int n, double beta, Storage c) {
    if (beta == 0) {
      pointwise.fill(n, 0, c);
    } else {
      pointwise.scale(n, beta, c, c);
    }
  }

  private static int operation(boolean transpose) {
    return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  private static Pointer pointer(Storage storage) {
    return Driver.pointer(
        CudaStorage.of(storage, CudaStorage.Type.FLOAT32, "cuBLAS's gemm").address());
  }

  private static void check(int status, String call) {
    if (status != 0) {
      throw new DeviceException(
          String.format(
              Locale.ROOT, "cuBLAS error %s in %s.", JCublas2.cublasGetStatusName(status), call));
    }
  }

  void close() {
    JCublas2.cublasDestroy(handle);
  }
}
