package facet.kernels.cuda;

/// Sizes of grids. The shapes of blocks are those that `common.cuh` counts on.
final class LaunchGrid {
  /// Threads of a block unless a kernel needs another number.
  static final int THREADS = 256;

  /// Threads of a block that works alone, on an input small enough for one.
  static final int ONE_BLOCK = 1024;

  /// Blocks that keep a large GPU busy: four for each of 132 multiprocessors.
  private static final int BUSY = 528;

  private static final int COLUMN_THREADS = 32;
  private static final int ROW_THREADS = 8;

  private LaunchGrid() {}

  /// How many blocks of `size` cover `n`.
  static int blocks(long n, int size) {
    return Math.toIntExact((n + size - 1) / size);
  }

  /// Blocks of [#THREADS] for a loop that strides over the grid: at most as many as there is work.
  static int strided(long n) {
    return Math.min(blocks(n, THREADS), 8 * BUSY);
  }

  /// How many shares to cut `n` items into, each at least `smallest` long, if every share takes
  /// `others` blocks.
  static int shares(int n, int others, int smallest) {
    var wanted = blocks(BUSY, Math.max(others, 1));
    return Math.max(1, Math.min(wanted, n / smallest));
  }

  /// Shares of the rows of a matrix for a sum over each column.
  static int rowShares(int rows, int columns) {
    return Math.min(shares(rows, columnBlocks(columns), 4 * ROW_THREADS), 256);
  }

  /// Launches a kernel whose blocks have 32 columns of a matrix and a share of its rows.
  static void columns(CudaKernel kernel, int columns, int shares) {
    columns(kernel, columns, shares, 1);
  }

  /// Likewise for `layers` sums of each column.
  static void columns(CudaKernel kernel, int columns, int shares, int layers) {
    kernel.launch(columnBlocks(columns), shares, layers, COLUMN_THREADS, ROW_THREADS, 0);
  }

  private static int columnBlocks(int columns) {
    return blocks(columns, COLUMN_THREADS);
  }
}
