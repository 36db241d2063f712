package facet.nn.io;

import facet.tensor.Shape;
import facet.tensor.ShapeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A tensor as PyTorch saves it: a view of `storage` from element `offset` on, with a stride an
/// axis.
record TorchTensor(Storage storage, long offset, Shape shape, int[] strides) {

  /// A run of elements in the file.
  ///
  /// @param key names it in the file
  /// @param count of elements
  record Storage(String key, DType dtype, long count) {
    long byteSize() {
      return count * dtype.bytes();
    }
  }

  /// @throws PickleException unless every element lies in the storage, and no two in one place
  static TorchTensor of(Storage storage, long offset, List<Object> size, List<Object> stride)
      throws PickleException {
    var dims = new int[size.size()];
    var strides = new int[dims.length];
    var last = offset;
    try {
      for (var i = 0; i < dims.length; i++) {
        dims[i] = Math.toIntExact((Long) size.get(i));
        strides[i] = Math.toIntExact((Long) stride.get(i));
        if (strides[i] < 0 || (strides[i] == 0 && dims[i] > 1)) {
          throw new PickleException("a tensor of sizes %s has strides %s".formatted(size, stride));
        }
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, dims[i] - 1L), strides[i]));
      }
      var shape = Shape.of(dims);
      if (offset < 0
          || offset > storage.count()
          || stride.size() != dims.length
          || (shape.size() > 0 && last >= storage.count())
          || last - offset > Integer.MAX_VALUE - 64
          || shape.size() > storage.count()) {
        throw new PickleException(
            String.format(
                Locale.ROOT,
                "a tensor of sizes %s, strides %s and offset %d does not fit its %d elements",
                size,
                stride,
                offset,
                storage.count()));
      }
      return new TorchTensor(storage, offset, shape, strides);
    } catch (ArithmeticException | ShapeException e) {
      throw new PickleException("a tensor of sizes %s and strides %s".formatted(size, stride), e);
    }
  }

  /// Elements of the storage from the first to the last that belongs to it.
  int extent() {
    if (shape.size() == 0) {
      return 0;
    }
    var extent = 1;
    for (var i = 0; i < strides.length; i++) {
      extent += (shape.dim(i) - 1) * strides[i];
    }
    return extent;
  }

  /// Its elements row-major, of the `extent` elements of its storage.
  float[] rowMajor(float[] stored) {
    if (isRowMajor()) {
      return stored;
    }
    var result = new float[shape.size()];
    var index = new int[strides.length];
    var from = 0;
    for (var to = 0; to < result.length; to++) {
      result[to] = stored[from];
      for (var axis = index.length - 1; axis >= 0; axis--) {
        from += strides[axis];
        if (++index[axis] < shape.dim(axis)) {
          break;
        }
        from -= strides[axis] * shape.dim(axis);
        index[axis] = 0;
      }
    }
    return result;
  }

  private boolean isRowMajor() {
    var expected = 1;
    for (var axis = strides.length - 1; axis >= 0; axis--) {
      if (shape.dim(axis) > 1 && strides[axis] != expected) {
        return false;
      }
      expected *= shape.dim(axis);
    }
    return true;
  }

  /// The numbers of a Python tuple.
  static List<Object> numbers(Object tuple) throws PickleException {
    var numbers = new ArrayList<Object>();
    for (var value : (List<?>) tuple) {
      if (!(value instanceof Long)) {
        throw new PickleException("a size that is no whole number");
      }
      numbers.add(value);
    }
    return numbers;
  }
}
