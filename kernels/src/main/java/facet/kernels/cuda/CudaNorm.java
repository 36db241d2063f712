package facet.kernels.cuda;

import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.Matrix;
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
    var groups = LaunchGrid.blocks(channels, lanes * pieces);
    // The last block of a group finishes its sums; there are counters for so many groups.
    var shares = groups > COUNTERS ? 1 : Math.min(slots / groups, rows * lanes / THREADS);
    return new Grid(pieces, lanes, groups, Math.max(1, shares));
  }

  @Override
  public void forwardTraining(
      Matrix x, Epilogue epilogue, Running running, double momentum, Statistics batch, Storage y) {
    var channels = x.columns();
    var grid = grid(x.rows(), channels, x.values());
    var partial = memory.scratch(2 * grid.shares() * channels);
    grid.launch(
        statistics
            .begin(x.values())
            .arg(x.rows())
            .arg(channels)
            .arg(grid.pieces())
            .activation(x.values())
            .arg(partial)
            .arg((float) running.eps())
            .arg((float) momentum)
            .arg(running.mean())
            .arg(running.var())
            .arg(batch.mean())
            .arg(batch.invStd()));
    memory.giveBack(partial);
    apply(x, epilogue, batch, y);
  }

  @Override
  public void forwardInference(Matrix x, Epilogue epilogue, Running running, Storage y) {
    var invStd = memory.scratch(x.columns());
    inverseStd(x.columns(), running, invStd);
    apply(x, epilogue, new Statistics(running.mean(), invStd), y);
    memory.giveBack(invStd);
  }

  private void apply(Matrix x, Epilogue epilogue, Statistics statistics, Storage y) {
    var grid = grid(x.rows(), x.columns(), x.values(), epilogue.residual(), y);
    grid.launch(
        normalized(apply, grid, x, epilogue, statistics)
            .activation(epilogue.residual())
            .activation(y));
  }

  @Override
  public void backward(
      Matrix x,
      Epilogue epilogue,
      Statistics statistics,
      boolean ofBatch,
      Storage dy,
      Storage dx,
      EpilogueGradient parameters) {
    var grid = grid(x.rows(), x.columns(), x.values(), dy, dx);
    var partial = memory.scratch(3 * grid.shares() * x.columns());
    grid.launch(
        normalized(backwardSums, grid, x, epilogue, statistics)
            .activation(dy)
            .arg(partial)
            .arg(parameters.dgamma())
            .arg(parameters.dbeta())
            .arg(parameters.dslope()));
    memory.giveBack(partial);
    grid.launch(
        normalized(backwardInput, grid, x, epilogue, statistics)
            .activation(dy)
            .arg(parameters.dgamma())
            .arg(parameters.dbeta())
            .arg(ofBatch)
            .activation(dx));
  }

  /// The first arguments of the kernels that normalise `x`.
  private static CudaKernel normalized(
      TypedKernel kernel, Grid grid, Matrix x, Epilogue epilogue, Statistics statistics) {
    return kernel
        .begin(x.values())
        .arg(x.rows())
        .arg(x.columns())
        .arg(grid.pieces())
        .activation(x.values())
        .arg(statistics.mean())
        .arg(statistics.invStd())
        .arg(epilogue.gamma())
        .arg(epilogue.beta())
        .arg(epilogue.slope());
  }

  @Override
  public void inverseStd(int channels, Running running, Storage invStd) {
    inverseStd
        .begin()
        .arg(channels)
        .arg(running.var())
        .arg((float) running.eps())
        .arg(invStd)
        .launch(LaunchGrid.strided(channels), LaunchGrid.THREADS);
  }
}
