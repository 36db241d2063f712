package facet.kernels.cuda;

import facet.kernels.Precision;

/// The sizes that the kernels of a precision are written for; see `float_tile.cuh` and
/// `tensor_tile.cuh`.
///
/// @param suffix of the names of kernels
/// @param family of the modules: `gemm` + family, `conv` + family
/// @param slice how much of k a block multiplies at a time
/// @param piece elements in 16 bytes
/// @param threads of a block
/// @param narrow the long side of the tile whose other side is [#NARROW]
/// @param stages slices in dynamic shared memory, 64 bytes a row; 0: shared memory is static
record Tiling(
    String suffix, String family, int slice, int piece, int threads, int narrow, int stages) {
  /// The sides of the usual tile.
  static final int WIDE = 128;

  /// The short side of the narrow tile.
  static final int NARROW = 64;

  private static final int SLICE_BYTES = 64;

  static Tiling of(Precision precision) {
    return switch (precision) {
      case FP32 -> new Tiling("", "", 8, 4, 256, 128, 0);
      case TF32 -> new Tiling("_tf32", "_tensor", 16, 4, 128, 256, 4);
      case BF16 -> new Tiling("_bf16", "_tensor", 32, 8, 128, 256, 4);
    };
  }

  /// Bytes of dynamic shared memory of a tile of so many rows and columns.
  int shared(int rows, int columns) {
    return stages * SLICE_BYTES * (rows + columns);
  }

  /// Whether narrow tiles cover a result of `rows` x `columns` with less waste, their short side
  /// along the columns.
  boolean narrowIsBetter(int rows, int columns) {
    return (long) blocks(rows, narrow) * narrow * blocks(columns, NARROW) * NARROW
        < (long) blocks(rows, WIDE) * WIDE * blocks(columns, WIDE) * WIDE;
  }

  static int blocks(int n, int size) {
    return (n + size - 1) / size;
  }
}
