package facet.kernels.cuda;

import facet.kernels.Precision;

/// The sizes that the kernels of a precision are written for; see `float_tile.cuh`,
/// `tensor_tile.cuh` and `wgmma_tile.cuh`.
///
/// @param suffix of the names of kernels
/// @param family of the modules: `gemm` + family, `conv` + family
/// @param slice how much of k a block multiplies at a time
/// @param microseconds that a block takes for a slice of the usual tile while another block runs
///     beside it, as measured on an H100
/// @param piece elements in 16 bytes
/// @param threads of a block
/// @param narrow the long side of the tile whose other side is [#NARROW]
/// @param shared bytes of dynamic shared memory of the usual tile
/// @param narrowShared of the narrow tile
record Tiling(
    String suffix,
    String family,
    int slice,
    double microseconds,
    int piece,
    int threads,
    int narrow,
    int shared,
    int narrowShared) {
  /// The sides of the usual tile.
  static final int WIDE = 128;

  /// The short side of the narrow tile.
  static final int NARROW = 64;

  private static final int KIB = 1024;

  /// The kernels of a precision on a GPU.
  ///
  /// @param capability its compute capability, such as 90; `wgmma` is in 9.0 alone
  static Tiling of(Precision precision, int capability) {
    return switch (precision) {
      case FP32 -> new Tiling("", "", 8, 1.9, 4, 256, 128, 0, 0);
      case TF32 -> new Tiling("_tf32", "_tensor", 16, 1.1, 4, 128, 256, 64 * KIB, 80 * KIB);
      case BF16 ->
          capability == 90
              ? new Tiling("_wgmma", "_wgmma", 64, 1.3, 8, 256, 128, 97 * KIB, 97 * KIB)
              : new Tiling("_bf16", "_tensor", 32, 0.9, 8, 128, 256, 64 * KIB, 80 * KIB);
    };
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
