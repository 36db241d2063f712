package facet.kernels.cuda;

import facet.kernels.DeviceException;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import java.util.Locale;

/// The memory of a GPU: what the pools recycle, and the way in and out.
final class CudaMemory {
  private final Driver driver;
  private final StoragePool reals =
      new StoragePool(length -> allocate(length, CudaStorage.Type.FLOAT32), this::free);
  private final StoragePool halves =
      new StoragePool(length -> allocate(length, CudaStorage.Type.BF16), this::free);
  private final StoragePool ints =
      new StoragePool(length -> allocate(length, CudaStorage.Type.FLOAT32), this::free);
  private final Staging staging;

  CudaMemory(Driver driver) {
    this.driver = driver;
    this.staging = new Staging(driver);
  }

  StoragePool reals() {
    return reals;
  }

  /// Of bf16.
  StoragePool halves() {
    return halves;
  }

  StoragePool ints() {
    return ints;
  }

  /// Floats for the length of a call; [#giveBack] may be called as soon as the kernels that use
  /// them are launched, since kernels run in order.
  CudaStorage scratch(int length) {
    return CudaStorage.of(reals.take(length));
  }

  /// See [#scratch].
  void giveBack(CudaStorage scratch) {
    reals.give(scratch);
  }

  Staging staging() {
    return staging;
  }

  private CudaStorage allocate(int length, CudaStorage.Type type) {
    var bytes = (long) type.bytes() * length;
    var address = driver.allocate(bytes);
    if (address == 0) {
      reals.trim();
      halves.trim();
      ints.trim();
      address = driver.allocate(bytes);
    }
    if (address == 0) {
      var memory = driver.memory();
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "the GPU is out of memory: %.1f MiB are needed at once, %.1f of %.1f MiB are free;"
                  + " use a smaller --batch-size or network.",
              bytes / 0x1p20,
              memory[0] / 0x1p20,
              memory[1] / 0x1p20));
    }
    return new CudaStorage(address, length, type);
  }

  private void free(Storage storage) {
    driver.free(CudaStorage.of(storage).address());
  }
}
