package facet.tensor;

import java.util.Arrays;

/// Host memory for integers (labels, arg-max positions), shared by the backends that run on the
/// CPU.
public record IntArray(int[] array, int offset, int length) implements Storage {
  public static IntArray of(Storage storage) {
    return (IntArray) storage;
  }

  public static IntArray allocate(int length) {
    return new IntArray(new int[length], 0, length);
  }

  public IntArray slice(int from, int count) {
    return new IntArray(array, offset + from, count);
  }

  public int get(int i) {
    return array[offset + i];
  }

  public void set(int i, int value) {
    array[offset + i] = value;
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return "IntArray" + Arrays.toString(Arrays.copyOfRange(array, offset, offset + length));
  }
}
