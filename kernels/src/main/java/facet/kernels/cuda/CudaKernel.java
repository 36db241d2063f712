package facet.kernels.cuda;

import facet.tensor.Storage;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A kernel and the way to launch it:
///
/// ```java
/// sum.begin(x).arg(n).arg((float) alpha).activation(x).arg(y).launch(1, LaunchGrid.THREADS);
/// ```
///
/// A launch costs some 0.2 µs and no garbage: the values go into a block of page-locked memory that
/// the driver reads at once. They are checked against the parameters that the PTX declares.
final class CudaKernel {
  private final Driver driver;
  private final String name;
  private final Driver.Function handle;
  private final String parameters;
  private final CudaStorage.Type activations;
  private int next;

  /// @param activations what the tensors are that [#activation] gives it
  CudaKernel(
      Driver driver,
      String name,
      Driver.Function handle,
      String parameters,
      CudaStorage.Type activations) {
    this.driver = driver;
    this.name = name;
    this.handle = handle;
    this.parameters = parameters;
    this.activations = activations;
  }

  /// Starts the arguments of a launch; no other kernel of the driver may be in between.
  CudaKernel begin() {
    next = 0;
    return this;
  }

  CudaKernel arg(boolean value) {
    return arg(value ? 1 : 0);
  }

  CudaKernel arg(int value) {
    driver.argument(slot('i'), value);
    return this;
  }

  /// Four of the geometry of a kernel over images.
  CudaKernel args(int a, int b, int c, int d) {
    return arg(a).arg(b).arg(c).arg(d);
  }

  CudaKernel arg(float value) {
    driver.argument(slot('f'), value);
    return this;
  }

  CudaKernel arg(double value) {
    driver.argument(slot('d'), Double.doubleToRawLongBits(value));
    return this;
  }

  /// An address.
  CudaKernel arg(long value) {
    driver.argument(slot('p'), value);
    return this;
  }

  /// The address of the first element of a tensor of float32 or integers; a null pointer for null.
  CudaKernel arg(@Nullable Storage storage) {
    return arg(storage, CudaStorage.Type.FLOAT32);
  }

  /// The address of the first element of a tensor of activations, in the type that this version of
  /// the kernel is for.
  CudaKernel activation(@Nullable Storage storage) {
    return arg(storage, activations);
  }

  private CudaKernel arg(@Nullable Storage storage, CudaStorage.Type type) {
    return arg(storage == null ? 0L : CudaStorage.of(storage, type, name).address());
  }

  private int slot(char kind) {
    if (next >= parameters.length() || parameters.charAt(next) != kind) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "kernel %s(%s): argument %d is given as '%c'",
              name,
              parameters,
              next,
              kind));
    }
    return next++;
  }

  void launch(int blocks, int threads) {
    launch(blocks, 1, 1, threads, 1, 0);
  }

  void launch(int gridX, int gridY, int threads) {
    launch(gridX, gridY, 1, threads, 1, 0);
  }

  /// Launches on the main stream. An empty grid launches nothing.
  ///
  /// @param shared bytes of dynamic shared memory; more than 48 KiB must have been allowed by
  ///     [#allowShared]
  void launch(int gridX, int gridY, int gridZ, int blockX, int blockY, int shared) {
    if (next != parameters.length()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "kernel %s(%s): only %d arguments are given", name, parameters, next));
    }
    if (gridX > 0 && gridY > 0 && gridZ > 0) {
      driver.launch(handle, name, gridX, gridY, gridZ, blockX, blockY, shared);
    }
  }

  /// Allows launches with up to `bytes` of dynamic shared memory.
  CudaKernel allowShared(int bytes) {
    driver.allowShared(handle, name, bytes);
    return this;
  }
}
