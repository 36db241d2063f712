package facet.tensor;

import java.util.Arrays;

/// The extents of a contiguous row-major tensor; the last axis is the fastest. A scalar is `[1]`.
public final class Shape {
  /// The most elements of a tensor in memory: those of an array, and so many that a CUDA kernel
  /// whose threads go on by all threads of a device (1.1 million) does not count past an `int`.
  public static final int MOST = Integer.MAX_VALUE - (1 << 21);

  private static final long MOST_IN_A_FILE = Long.MAX_VALUE >>> 4; // its bytes fit a long, too

  private final int[] dims;
  private final long elements;

  private Shape(int[] dims, long most, String problem) {
    this.dims = dims;
    long product = 1;
    for (var d : dims) {
      if (d < 0) {
        throw new ShapeException("shape " + Arrays.toString(dims) + " has a negative extent");
      }
      if (d > 0 && product > most / d) {
        throw new ShapeException("shape " + Arrays.toString(dims) + problem);
      }
      product *= d;
    }
    this.elements = product;
  }

  public static Shape of(int... dims) {
    return new Shape(dims.clone(), MOST, " has more than 2^31 elements; split the batch");
  }

  /// The shape of a tensor in a file, which may have more elements than one in memory: it is
  /// written and read in parts.
  public static Shape inFile(int... dims) {
    return new Shape(dims.clone(), MOST_IN_A_FILE, " has more elements than any file");
  }

  public static Shape scalar() {
    return Shape.of(1);
  }

  public int rank() {
    return dims.length;
  }

  /// The extent of axis `i`; a negative `i` counts from the last axis.
  public int dim(int i) {
    return dims[i < 0 ? dims.length + i : i];
  }

  /// The number of elements.
  ///
  /// @throws ShapeException if they are more than an array holds
  public int size() {
    if (elements > MOST) {
      throw new ShapeException("shape " + this + " has more than 2^31 elements");
    }
    return (int) elements;
  }

  /// The number of elements, [#inFile], too.
  public long elements() {
    return elements;
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
