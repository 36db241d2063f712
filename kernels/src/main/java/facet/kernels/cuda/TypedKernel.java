package facet.kernels.cuda;

import facet.kernels.Precision;
import facet.tensor.Storage;
import org.jspecify.annotations.Nullable;

/// A kernel over activations, in one version for each type that they may have.
///
/// @param bf16 null where the backend's precision has no bf16 tensors
record TypedKernel(CudaKernel float32, @Nullable CudaKernel bf16) {
  /// The kernels of `<family>.cu` and, with bf16 tensors, those of `<family>_bf16.cu`.
  record Module(CudaModule float32, @Nullable CudaModule bf16) {
    static Module load(Driver driver, String family, Precision precision) {
      return new Module(
          CudaModule.load(driver, family),
          precision == Precision.BF16 ? CudaModule.load(driver, family + "_bf16") : null);
    }

    TypedKernel kernel(String name) {
      return new TypedKernel(
          float32.kernel(name),
          bf16 == null ? null : bf16.kernel(name + "_bf16", CudaStorage.Type.BF16));
    }
  }

  /// Starts the arguments of the version for tensors such as `x`, see [CudaKernel#begin].
  CudaKernel begin(Storage x) {
    return bf16 != null && CudaStorage.of(x).type() == CudaStorage.Type.BF16
        ? bf16.begin()
        : float32.begin();
  }
}
