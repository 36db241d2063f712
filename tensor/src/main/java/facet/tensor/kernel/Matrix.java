package facet.tensor.kernel;

import facet.tensor.Storage;

/// A row-major matrix that a kernel reads: a tensor with all its axes but the last taken together.
public record Matrix(int rows, int columns, Storage values) {
  /// The number of elements.
  public int size() {
    return rows * columns;
  }
}
