package facet.kernels.cuda;

/// Sizes of grids. The shapes of blocks are those that `common.cuh` counts on.
final class Launch {
  /// Threads of a block where nothing speaks for another number.
  static final int THREADS = 256;

  /// Threads of the one block that does what needs all of a small input.
  static final int ONE_BLOCK = 1024;

  /// Blocks that keep a large GPU busy: some four for each of 132 multiprocessors.
  private static final int BUSY = 528;

  private static final int COLUMN_THREADS = 32;
  private static final int ROW_THREADS = 8;

  private Launch() {}

  /// How many blocks of `size` cover `n`.
  static int blocks(long n, int size) {
    return Math.toIntExact((n + size - 1) / size);
  }

  /// Blocks of [#THREADS] for a loop that strides over the grid: at most as many as there is work.
  static int strided(long n) {
    return Math.min(blocks(n, THREADS), 8 * BUSY);
  }

  /// In how many shares to cut `n` things where `others` blocks are busy beside, each share at
  /// least `smallest` long.
  static int shares(int n, int others, int smallest) {
    var wanted = blocks(BUSY, Math.max(others, 1));
    return Math.max(1, Math.min(wanted, n / smallest));
  }

  /// Shares of the rows of a matrix for a sum over each column.
  static int rowShares(int rows, int columns) {
    return Math.min(shares(rows, columnBlocks(columns), 4 * ROW_THREADS), 256);
  }

  /// Shares of the rows for a pass that has no sum to finish.
  static int rowPasses(int rows) {
    return Math.min(Math.max(1, rows / (4 * ROW_THREADS)), 65_535);
  }

  /// Launches a kernel whose blocks have 32 columns of a matrix and a share of its rows.
  static void columns(CudaKernel kernel, int columns, int shares) {
    kernel.launch(columnBlocks(columns), shares, 1, COLUMN_THREADS, ROW_THREADS, 0);
  }

  private static int columnBlocks(int columns) {
    return blocks(columns, COLUMN_THREADS);
  }
}
