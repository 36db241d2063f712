package facet.kernels.cuda;

import facet.tensor.Storage;
import java.util.Locale;
import java.util.Objects;

/// A tensor's elements on a GPU.
///
/// @param address in device memory, of the first element
/// @param length number of elements
record CudaStorage(long address, int length, Type type) implements Storage {
  /// Bytes of a float or an integer.
  static final int ELEMENT = 4;

  /// What the elements are.
  enum Type {
    /// Float32, or integers of the same size.
    FLOAT32(ELEMENT),

    /// The upper half of a float32: activations and their gradients with
    /// [facet.kernels.Precision#BF16].
    BF16(2);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /// Bytes of an element.
    int bytes() {
      return bytes;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

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

  /// The storage, of elements of `type`.
  ///
  /// @param user names who asks, for the message
  /// @throws IllegalArgumentException if they are others
  static CudaStorage of(Storage storage, Type type, String user) {
    var own = of(storage);
    if (own.type != type) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "cuda: %s takes a tensor in %s, this one is in %s: copy it into one of that type",
              user,
              type,
              own.type));
    }
    return own;
  }

  /// Elements `from` to `from + count`: the same memory.
  CudaStorage slice(int from, int count) {
    Objects.checkFromIndexSize(from, count, length);
    return new CudaStorage(address + (long) type.bytes() * from, count, type);
  }

  /// Whether `count` elements can be moved at once, from the first or any multiple of `count` on.
  boolean alignedTo(int count) {
    return address % ((long) type.bytes() * count) == 0;
  }
}
