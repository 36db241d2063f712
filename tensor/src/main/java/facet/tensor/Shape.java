package facet.tensor;

import java.util.Arrays;

/// The extents of a contiguous row-major tensor; the last axis is the fastest. A scalar is `[1]`.
public final class Shape {
  private final int[] dims;
  private final int size;

  private Shape(int[] dims) {
    this.dims = dims;
    long product = 1;
    for (var d : dims) {
      if (d < 0) {
        throw new ShapeException("shape " + Arrays.toString(dims) + " has a negative extent");
      }
      product *= d;
      if (product > Integer.MAX_VALUE - 64) {
        throw new ShapeException(
            "shape " + Arrays.toString(dims) + " has more than 2^31 elements; split the batch");
      }
    }
    this.size = (int) product;
  }

  public static Shape of(int... dims) {
    return new Shape(dims.clone());
  }

  public static Shape scalar() {
    return new Shape(new int[] {1});
  }

  public int rank() {
    return dims.length;
  }

  /// The extent of axis `i`; a negative `i` counts from the last axis.
  public int dim(int i) {
    return dims[i < 0 ? dims.length + i : i];
  }

  /// The number of elements.
  public int size() {
    return size;
  }

  /// The product of all extents but the last: the rows of the `[rows, last]` view.
  public int rows() {
    var rows = 1;
    for (var i = 0; i < dims.length - 1; i++) {
      rows *= dims[i];
    }
    return rows;
  }

  /// The last extent: the columns of the `[rows, last]` view, the channels of an NHWC image.
  public int last() {
    return dims[dims.length - 1];
  }

  public int[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
