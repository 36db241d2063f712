package facet.kernels.cuda;

import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.NormKernels;
import org.jspecify.annotations.Nullable;

/// [NormKernels] by `norm.cu` and `norm_bf16.cu`: one pass for sums over the rows, one that applies
/// them.
final class CudaNorm implements NormKernels {
  /// As in `norm.cuh`.
  private static final int THREADS = 512;

  private static final int COUNTERS = 4096;

  /// Threads beside each other: with 4 channels each they read 128 bytes of bf16 in a row.
  private static final int MOST_LANES = 16;

  /// Blocks that run on a multiprocessor at once.
  private static final int BLOCKS_EACH = 2;

  private final CudaMemory memory;
  private final int slots;
  private final CudaKernel inverseStd;
  private final TypedKernel statistics;
  private final TypedKernel apply;
  private final TypedKernel backwardSums;
  private final TypedKernel backwardInput;

  CudaNorm(Driver driver, CudaMemory memory, Precision precision) {
    this.memory = memory;
    this.slots = BLOCKS_EACH * driver.multiprocessors();
    var module = TypedKernel.Module.load(driver, "norm", precision);
    inverseStd = module.float32().kernel("norm_inverse_std");
    statistics = module.kernel("norm_statistics");
    apply = module.kernel("norm_apply");
    backwardSums = module.kernel("norm_backward_sums");
    backwardInput = module.kernel("norm_backward_input");
  }

  /// How the kernels share out a matrix of `rows` and channels.
  ///
  /// @param pieces channels that a thread has
  /// @param lanes threads of a block beside each other
  /// @param groups of channels, each some blocks' own
  /// @param shares of the rows
  private record Grid(int pieces, int lanes, int groups, int shares) {
    void launch(CudaKernel kernel) {
      kernel.launch(groups, shares, 1, lanes, THREADS / lanes, 0);
    }
  }

  /// @param tensors of `rows` x `channels`; nulls do not count
  private Grid grid(int rows, int channels, @Nullable Storage... tensors) {
    var pieces = channels % 4 == 0 ? 4 : 1;
    for (var tensor : tensors) {
      if (tensor != null && !CudaStorage.of(tensor).alignedTo(4)) {
        pieces = 1;
      }
    }
    var lanes = 1;
    while (lanes < MOST_LANES && lanes * pieces < channels) {
      lanes *= 2;
    }
    var groups = Launch.blocks(channels, lanes * pieces);
    // The last block of a group finishes its sums; there are counters for so many groups.
    var shares = groups > COUNTERS ? 1 : Math.min(slots / groups, rows * lanes / THREADS);
    return new Grid(pieces, lanes, groups, Math.max(1, shares));
  }

  @Override
  public void forwardTraining(
      int rows,
      int channels,
      Storage x,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      @Nullable Storage residual,
      double eps,
      Running running,
      Storage mean,
      Storage invStd,
      Storage y) {
    var grid = grid(rows, channels, x);
    var partial = memory.scratch(2 * grid.shares() * channels);
    grid.launch(
        statistics
            .begin(x)
            .arg(rows)
            .arg(channels)
            .arg(grid.pieces())
            .activation(x)
            .arg(partial)
            .arg((float) eps)
            .arg((float) running.momentum())
            .arg(running.mean())
            .arg(running.var())
            .arg(mean)
            .arg(invStd));
    memory.giveBack(partial);
    apply(rows, channels, x, mean, invStd, gamma, beta, slope, residual, y);
  }

  @Override
  public void forwardInference(
      int rows,
      int channels,
      Storage x,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      @Nullable Storage residual,
      double eps,
      Storage runningMean,
      Storage runningVar,
      Storage y) {
    var invStd = memory.scratch(channels);
    inverseStd(channels, runningVar, eps, invStd);
    apply(rows, channels, x, runningMean, invStd, gamma, beta, slope, residual, y);
    memory.giveBack(invStd);
  }

  private void apply(
      int rows,
      int channels,
      Storage x,
      Storage mean,
      Storage invStd,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      @Nullable Storage residual,
      Storage y) {
    var grid = grid(rows, channels, x, residual, y);
    grid.launch(
        channel(apply, grid, rows, channels, x, mean, invStd, gamma, beta, slope)
            .activation(residual)
            .activation(y));
  }

  @Override
  public void backward(
      int rows,
      int channels,
      boolean batchStatistics,
      Storage x,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      Storage mean,
      Storage invStd,
      Storage dy,
      Storage dx,
      Storage dgamma,
      Storage dbeta,
      @Nullable Storage dslope) {
    var grid = grid(rows, channels, x, dy, dx);
    var partial = memory.scratch(3 * grid.shares() * channels);
    grid.launch(
        channel(backwardSums, grid, rows, channels, x, mean, invStd, gamma, beta, slope)
            .activation(dy)
            .arg(partial)
            .arg(dgamma)
            .arg(dbeta)
            .arg(dslope));
    memory.giveBack(partial);
    grid.launch(
        channel(backwardInput, grid, rows, channels, x, mean, invStd, gamma, beta, slope)
            .activation(dy)
            .arg(dgamma)
            .arg(dbeta)
            .arg(batchStatistics)
            .activation(dx));
  }

  /// The first arguments of the kernels that normalise `x`.
  private static CudaKernel channel(
      TypedKernel kernel,
      Grid grid,
      int rows,
      int channels,
      Storage x,
      Storage mean,
      Storage invStd,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope) {
    return kernel
        .begin(x)
        .arg(rows)
        .arg(channels)
        .arg(grid.pieces())
        .activation(x)
        .arg(mean)
        .arg(invStd)
        .arg(gamma)
        .arg(beta)
        .arg(slope);
  }

  @Override
  public void inverseStd(int channels, Storage var, double eps, Storage invStd) {
    inverseStd
        .begin()
        .arg(channels)
        .arg(var)
        .arg((float) eps)
        .arg(invStd)
        .launch(Launch.strided(channels), Launch.THREADS);
  }
}
