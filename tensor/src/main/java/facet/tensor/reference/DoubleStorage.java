package facet.tensor.reference;

import facet.tensor.Storage;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A tensor's elements in float64: `length` doubles of `array`, the first at `offset`.
///
/// @param array the backing array
/// @param offset index of the first element
/// @param length number of elements
@SuppressWarnings("ArrayRecordComponent") // a view of the array, compared by identity
public record DoubleStorage(double[] array, int offset, int length) implements Storage {
  public DoubleStorage {
    Objects.checkFromIndexSize(offset, length, array.length);
  }

  public static DoubleStorage allocate(int length) {
    return new DoubleStorage(new double[length], 0, length);
  }

  /// The storage as this backend's own kind.
  ///
  /// @throws IllegalArgumentException if it belongs to another backend
  public static DoubleStorage of(Storage storage) {
    if (storage instanceof DoubleStorage doubles) {
      return doubles;
    }
    throw new IllegalArgumentException(
        "reference: expected a DoubleStorage, got a "
            + storage.getClass().getSimpleName()
            + "; copy the tensor to the reference backend first");
  }

  /// Elements `from` to `from + count` of this storage, sharing its array.
  public DoubleStorage slice(int from, int count) {
    Objects.checkFromIndexSize(from, count, length);
    return new DoubleStorage(array, offset + from, count);
  }

  public double get(int i) {
    return array[offset + Objects.checkIndex(i, length)];
  }

  public void set(int i, double value) {
    array[offset + Objects.checkIndex(i, length)] = value;
  }

  /// `this[i] += value`.
  public void add(int i, double value) {
    array[offset + Objects.checkIndex(i, length)] += value;
  }

  /// Sets the first `n` elements.
  public void fill(int n, double value) {
    Objects.checkFromIndexSize(0, n, length);
    Arrays.fill(array, offset, offset + n, value);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return "DoubleStorage" + Arrays.toString(Arrays.copyOfRange(array, offset, offset + length));
  }
}
