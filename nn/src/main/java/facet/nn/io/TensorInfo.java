package facet.nn.io;

import facet.tensor.Shape;

/// One tensor of a safetensors file: its elements lie in bytes `begin` (inclusive) to `end`
/// (exclusive) of the data section, little-endian and row-major.
public record TensorInfo(String name, DType dtype, Shape shape, long begin, long end) {

  /// The bytes that the dtype and shape ask for.
  long byteSize() {
    return shape.elements() * dtype.bytes();
  }
}
