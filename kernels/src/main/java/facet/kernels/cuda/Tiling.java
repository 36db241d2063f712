package facet.kernels.cuda;

import facet.kernels.Precision;
import java.util.List;

/// What the kernels of a precision are written for; see `float_tile.cuh`, `tensor_tile.cuh` and
/// `wgmma_tile.cuh`.
///
/// @param suffix of the names of kernels
/// @param family of the modules: `gemm` + family, `conv` + family
/// @param slice how much of k a block multiplies at a time
/// @param piece elements in 16 bytes
/// @param tiles of a convolution's result that there are kernels for
/// @param transposes whether float32 operands are transposed where that brings k along their rows,
///     when they are packed
record Tiling(
    String suffix, String family, int slice, int piece, List<Tile> tiles, boolean transposes) {
  /// The part of a result that a block computes.
  ///
  /// @param name in the names of kernels, before the suffix
  /// @param columns along the channels of the result
  /// @param threads of a block
  /// @param blocks that run on a multiprocessor at once
  /// @param microseconds that each of them takes for a slice, as measured on an H100
  /// @param shared bytes of dynamic shared memory
  record Tile(
      String name,
      int rows,
      int columns,
      int threads,
      int blocks,
      double microseconds,
      int shared) {
    /// How many of them cover a result.
    int cover(int rows, int columns) {
      return Tiling.blocks(rows, this.rows) * Tiling.blocks(columns, this.columns);
    }
  }

  private static final int KIB = 1024;

  private static final Tiling FP32 =
      new Tiling(
          "",
          "",
          8,
          4,
          List.of(
              new Tile("", 128, 128, 256, 2, 1.9, 0), new Tile("_narrow", 128, 64, 256, 2, 1.2, 0)),
          false);

  private static final Tiling TF32 =
      new Tiling(
          "_tf32",
          "_tensor",
          16,
          4,
          List.of(
              new Tile("", 128, 128, 128, 2, 1.15, 64 * KIB),
              new Tile("_narrow", 256, 64, 128, 2, 1.3, 80 * KIB)),
          false);

  private static final Tiling MMA =
      new Tiling(
          "_bf16",
          "_tensor",
          32,
          8,
          List.of(
              new Tile("", 128, 128, 128, 2, 1.15, 64 * KIB),
              new Tile("_narrow", 256, 64, 128, 2, 1.4, 80 * KIB)),
          false);

  private static final Tiling WGMMA =
      new Tiling(
          "_wgmma",
          "_wgmma",
          64,
          8,
          List.of(
              new Tile("", 128, 128, 256, 2, 1.3, 97 * KIB),
              new Tile("_narrow", 128, 64, 256, 3, 1.6, 73 * KIB),
              new Tile("_wide", 192, 256, 384, 1, 1.6, 225 * KIB)),
          true);

  /// The kernels of a precision on a GPU.
  ///
  /// @param capability its compute capability, such as 90; `wgmma` is in 9.0 alone
  static Tiling of(Precision precision, int capability) {
    return switch (precision) {
      case FP32 -> FP32;
      case TF32 -> TF32;
      case BF16 -> capability == 90 ? WGMMA : MMA;
    };
  }

  /// The tiles that gemm has kernels for, too.
  List<Tile> gemmTiles() {
    return tiles.stream().filter(tile -> tile.columns() >= 128).toList();
  }

  static int blocks(int n, int size) {
    return (n + size - 1) / size;
  }
}
