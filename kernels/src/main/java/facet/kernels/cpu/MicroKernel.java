package facet.kernels.cpu;

/// The innermost loops of gemm and convolution: one tile of `C = A B` that stays in registers, some
/// rows by two vectors of columns, while `k` advances. Each step loads two vectors of `B` and one
/// scalar of `A` a row.
///
/// The tile's size is the subclass's: every row is a pair of local variables, because the JIT keeps
/// neither array elements nor fields in registers. Nor may a tile go through a helper method: in so
/// large a method the JIT stops inlining, and every vector that is handed over becomes an object on
/// the heap at each step.
abstract sealed class MicroKernel permits TallKernel, ShortKernel {
  final Lanes lanes;

  /// Rows of a tile of [#gemm] and [#rows].
  final int height;

  /// Rows of a tile of [#correlate]; divides the vector length.
  final int correlateHeight;

  /// Columns of a tile: two vectors.
  final int width;

  MicroKernel(Lanes lanes, int height, int correlateHeight) {
    this.lanes = lanes;
    this.height = height;
    this.correlateHeight = correlateHeight;
    this.width = 2 * lanes.count();
  }

  /// The kernel for a vector width.
  static MicroKernel of(Lanes lanes) {
    return lanes.count() == 16 ? new TallKernel(lanes) : new ShortKernel(lanes);
  }

  /// `C[i, j] (+)= sum over k of a[ao + k lda + i] * B[k, j]`, `height` rows: both operands packed
  /// in panels.
  ///
  /// @param bo where the first vector of `B`'s row 0 is, `bo1` the second; rows are `ldb` apart
  /// @param ldc distance of rows of `C`
  /// @param accumulate whether to add to `C` or to overwrite it
  abstract void gemm(
      int k,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int bo1,
      int ldb,
      float[] c,
      int co,
      int ldc,
      boolean accumulate);

  /// The same with `correlateHeight` rows, for an `A` whose columns come in blocks of one vector.
  abstract void correlate(
      int k,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int bo1,
      int ldb,
      float[] c,
      int co,
      int ldc,
      boolean accumulate);

  /// `C = A B` for an `A` and a `C` blocked along their columns, `[block][row][lane]`: one vector
  /// of columns is a block, rows within it are adjacent.
  ///
  /// @param blocks `k` in vectors
  /// @param aBlock distance of blocks of `A`
  /// @param bo start of `B`, packed as `[k][two vectors]`
  /// @param cBlock distance of blocks of `C`
  abstract void rows(
      int blocks, float[] a, int ao, int aBlock, float[] b, int bo, float[] c, int co, int cBlock);
}
