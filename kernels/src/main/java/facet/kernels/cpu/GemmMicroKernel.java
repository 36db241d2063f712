package facet.kernels.cpu;

/// The innermost loops of gemm and convolution: one tile of `C = A B` that stays in registers, some
/// rows by two vectors of columns, while `k` advances. Each step loads two vectors of `B` and one
/// scalar of `A` a row.
///
/// The tile's size is the subclass's: every row is a pair of local variables, because the JIT keeps
/// neither array elements nor fields in registers. Nor may a tile go through a helper method: in so
/// large a method the JIT stops inlining, and every vector that is handed over becomes an object on
/// the heap at each step.
abstract sealed class GemmMicroKernel permits GemmAvx512Kernel, GemmAvx2Kernel {
  /// Greatest `k`.
  static final int DEPTH = 512;

  /// Distance of the rows of `A` of [#rows]: room for [#DEPTH] steps, and a cache line more, or all
  /// would meet in one cache set. As a constant, it lets one address serve all rows.
  static final int PITCH = DEPTH + FloatStorage.LINE;

  /// Steps of `k` that the arrays of `A` and `B` must have behind the last one. They are not read,
  /// but the JIT checks the bounds of a whole iteration once before the loop, even where the last
  /// one ends in its middle; if that fails, it recompiles the loop with a check at every
  /// access.
  static final int SPARE = 2;

  final Lanes lanes;

  /// Rows of a tile of [#rows].
  final int height;

  /// Rows of a tile of [#columns].
  final int panelHeight;

  /// Columns of a tile: two vectors.
  final int width;

  /// Distance of the columns of `A` of [#interleaved].
  final int pitch;

  GemmMicroKernel(Lanes lanes, int height, int pitch, int panelHeight) {
    this.lanes = lanes;
    this.height = height;
    this.pitch = pitch;
    this.panelHeight = panelHeight;
    this.width = 2 * lanes.count();
  }

  /// The kernel for a vector width.
  static GemmMicroKernel of(Lanes lanes) {
    return lanes.count() == 16 ? new GemmAvx512Kernel(lanes) : new GemmAvx2Kernel(lanes);
  }

  /// The least multiple that holds `count`.
  static int roundUp(int count, int multiple) {
    return Math.ceilDiv(count, multiple) * multiple;
  }

  /// `C[i, j] (+)= sum over k of A[k, i] * B[k, j]` for `panelHeight` columns `i` of `A` a strip.
  /// The rows of all three are `width` apart: were the distances variable, the JIT would check the
  /// bounds of every access.
  ///
  /// @param strips neighbours: one begins where the last one ends
  /// @param accumulate whether to add to `C` or to overwrite it
  abstract void columns(
      int k,
      int strips,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] c,
      int co,
      boolean accumulate);

  /// `C[i, j] (+)= sum over k of A[i, k] * B[k, j]` for `height` rows of `A`, [#PITCH] apart.
  ///
  /// @param k at most [#DEPTH]
  /// @param ldc distance of rows of `C`; those of `B` are `width` apart
  abstract void rows(
      int k, float[] a, int ao, float[] b, int bo, float[] c, int co, int ldc, boolean accumulate);

  /// [#rows] of an `A` whose columns lie one after the other, `pitch` apart.
  abstract void interleaved(
      int k, float[] a, int ao, float[] b, int bo, float[] c, int co, int ldc, boolean accumulate);
}
