package facet.kernels.cpu;

import facet.tensor.Storage;
import java.util.Objects;

/// A tensor's elements on the CPU: `length` floats of `array`, the first at `offset`.
///
/// Storages may be slices of one array, and a fresh one may hold stale values.
///
/// @param array the backing array
/// @param offset index of the first element
/// @param length number of elements
@SuppressWarnings("ArrayRecordComponent") // a view of the array, compared by identity
public record FloatStorage(float[] array, int offset, int length) implements Storage {
  /// Index of the first element whose address is a multiple of 64 in an array that G1 placed at the
  /// start of a heap region, as it does with every large one: the 16-byte array header and twelve
  /// floats fill the first cache line. Vector loads that straddle cache lines cost up to a third.
  static final int ALIGNED = 12;

  /// One cache line of floats.
  static final int LINE = 16;

  public FloatStorage {
    Objects.checkFromIndexSize(offset, length, array.length);
  }

  /// A zeroed storage of `length` elements, aligned to a cache line when it is large.
  public static FloatStorage allocate(int length) {
    return new FloatStorage(new float[length + LINE], ALIGNED, length);
  }

  /// The storage as this backend's own kind.
  ///
  /// @throws IllegalArgumentException if it belongs to another backend
  public static FloatStorage of(Storage storage) {
    if (storage instanceof FloatStorage floats) {
      return floats;
    }
    throw new IllegalArgumentException(
        "cpu: expected a FloatStorage, got a "
            + storage.getClass().getSimpleName()
            + "; copy the tensor to the cpu backend first");
  }

  /// Elements `from` to `from + count` of this storage, sharing its array.
  public FloatStorage slice(int from, int count) {
    Objects.checkFromIndexSize(from, count, length);
    return new FloatStorage(array, offset + from, count);
  }
}
