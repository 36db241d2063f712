package facet.kernels.cuda;

/// Sizes of grids.
final class Launch {
  /// Threads of a block where nothing speaks for another number.
  static final int THREADS = 256;

  private Launch() {}

  /// How many blocks of `size` cover `n`.
  static int blocks(long n, int size) {
    return Math.toIntExact((n + size - 1) / size);
  }

  /// Blocks for a loop that strides over the grid: enough to fill any GPU, at most as many as there
  /// is work.
  static int strided(long n) {
    return (int) Math.min((n + THREADS - 1) / THREADS, 4096);
  }
}
