package facet.nn.io;

/// The element types of tensors in files, under safetensors' names. `F64`, `F16` and `BF16` are
/// read, as floats, but never written; tensors of `I16`, `I8` and `BOOL` may be there but are not
/// read.
public enum DType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U8(1),
  BOOL(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes of one element.
  public int bytes() {
    return bytes;
  }
}
