package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.NormKernels;
import org.jspecify.annotations.Nullable;

/// [NormKernels] by `norm.cu`: statistics (or sums) of shares of the rows, their merging, and a
/// pass that applies them.
final class CudaNorm implements NormKernels {
  private final CudaMemory memory;
  private final CudaKernel moments;
  private final CudaKernel statistics;
  private final CudaKernel inverseStd;
  private final CudaKernel apply;
  private final CudaKernel backwardSums;
  private final CudaKernel backwardParameters;
  private final CudaKernel backwardInput;

  CudaNorm(Driver driver, CudaMemory memory) {
    this.memory = memory;
    var module = CudaModule.load(driver, "norm");
    moments = module.kernel("norm_moments");
    statistics = module.kernel("norm_statistics");
    inverseStd = module.kernel("norm_inverse_std");
    apply = module.kernel("norm_apply");
    backwardSums = module.kernel("norm_backward_sums");
    backwardParameters = module.kernel("norm_backward_parameters");
    backwardInput = module.kernel("norm_backward_input");
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
    var shares = Launch.rowShares(rows, channels);
    var partial = memory.scratch(2 * shares * channels);
    Launch.columns(moments.begin().arg(rows).arg(channels).arg(x).arg(partial), channels, shares);
    Launch.columns(
        statistics
            .begin()
            .arg(rows)
            .arg(channels)
            .arg(shares)
            .arg(partial)
            .arg((float) eps)
            .arg((float) running.momentum())
            .arg(running.mean())
            .arg(running.var())
            .arg(mean)
            .arg(invStd),
        channels,
        1);
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
    var arguments = channel(apply, rows, channels, x, mean, invStd, gamma, beta, slope);
    Launch.columns(arguments.arg(residual).arg(y), channels, Launch.rowPasses(rows));
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
    var shares = Launch.rowShares(rows, channels);
    var partial = memory.scratch(3 * shares * channels);
    Launch.columns(
        channel(backwardSums, rows, channels, x, mean, invStd, gamma, beta, slope)
            .arg(dy)
            .arg(partial),
        channels,
        shares);
    Launch.columns(
        backwardParameters
            .begin()
            .arg(channels)
            .arg(shares)
            .arg(partial)
            .arg(dgamma)
            .arg(dbeta)
            .arg(dslope),
        channels,
        1);
    memory.giveBack(partial);
    Launch.columns(
        backwardInput
            .begin()
            .arg(rows)
            .arg(channels)
            .arg(batchStatistics)
            .arg(x)
            .arg(mean)
            .arg(invStd)
            .arg(gamma)
            .arg(beta)
            .arg(slope)
            .arg(dy)
            .arg(dgamma)
            .arg(dbeta)
            .arg(dx),
        channels,
        Launch.rowPasses(rows));
  }

  private static CudaKernel channel(
      CudaKernel kernel,
      int rows,
      int channels,
      Storage x,
      Storage mean,
      Storage invStd,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope) {
    return kernel
        .begin()
        .arg(rows)
        .arg(channels)
        .arg(x)
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
