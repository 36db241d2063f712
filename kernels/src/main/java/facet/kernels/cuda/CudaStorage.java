package facet.kernels.cuda;

import facet.tensor.Storage;
import java.util.Objects;

/// A tensor's elements on a GPU: `length` floats or integers, 4 bytes each.
///
/// @param address in device memory, of the first element
/// @param length number of elements
record CudaStorage(long address, int length) implements Storage {
  /// Bytes of one element, a float or an integer.
  static final int ELEMENT = 4;

  /// The storage as this backend's own kind.
  ///
  /// @throws IllegalArgumentException if it belongs to another backend
  static CudaStorage of(Storage storage) {
    if (storage instanceof CudaStorage own) {
      return own;
    }
    throw new IllegalArgumentException(
        "cuda: expected a CudaStorage, got a "
            + storage.getClass().getSimpleName()
            + "; copy the tensor to the cuda backend first");
  }

  /// Elements `from` to `from + count`: the same memory.
  CudaStorage slice(int from, int count) {
    Objects.checkFromIndexSize(from, count, length);
    return new CudaStorage(address + (long) ELEMENT * from, count);
  }
}
