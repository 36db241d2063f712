package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels;

/// [HistogramKernels] by `histogram.cu`.
final class CudaHistogram implements HistogramKernels {
  /// Similarities of a block of the backward kernel: 8 warps with 4 each.
  private static final int SAMPLES = 32;

  private final CudaKernel select;
  private final CudaKernel soft;
  private final CudaKernel softDivide;
  private final CudaKernel softBackward;
  private final CudaKernel divergence;
  private final CudaKernel divergenceBackward;
  private final CudaKernel mean;
  private final CudaKernel meanBackward;
  private final CudaKernel order;

  CudaHistogram(Driver driver) {
    var module = CudaModule.load(driver, "histogram");
    select = module.kernel("select_samples");
    soft = module.kernel("soft_histogram");
    softDivide = module.kernel("soft_histogram_divide");
    softBackward = module.kernel("soft_histogram_backward");
    divergence = module.kernel("divergence");
    divergenceBackward = module.kernel("divergence_backward");
    mean = module.kernel("weighted_mean");
    meanBackward = module.kernel("weighted_mean_backward");
    order = module.kernel("order_loss");
  }

  @Override
  public void select(Samples samples, boolean positiveOnly) {
    select
        .begin()
        .arg(samples.n())
        .arg(positiveOnly)
        .arg((float) NO_SAMPLE_LIMIT)
        .arg(samples.s())
        .arg(samples.weight())
        .arg(samples.count())
        .launch(1, LaunchGrid.ONE_BLOCK);
  }

  @Override
  public void softHistogram(Samples samples, HistogramGrid grid, Density out) {
    weighted(soft, samples, grid)
        .arg(out.p())
        .launch(LaunchGrid.blocks(32L * grid.nodes(), LaunchGrid.THREADS), LaunchGrid.THREADS);
    softDivide.begin().arg(grid.nodes()).arg(out.p()).arg(out.z()).launch(1, LaunchGrid.ONE_BLOCK);
  }

  @Override
  public void softHistogramBackward(
      Samples samples, HistogramGrid grid, Density density, Storage dp, Storage ds) {
    weighted(softBackward, samples, grid)
        .arg(density.p())
        .arg(density.z())
        .arg(dp)
        .arg(ds)
        .launch(LaunchGrid.blocks(samples.n(), SAMPLES), LaunchGrid.THREADS);
  }

  /// The first arguments of the kernels that read weighted samples.
  private static CudaKernel weighted(CudaKernel kernel, Samples samples, HistogramGrid grid) {
    return kernel
        .begin()
        .arg(samples.n())
        .arg(grid.nodes())
        .arg(grid.low())
        .arg(grid.step())
        .arg((float) grid.gamma())
        .arg(samples.s())
        .arg(samples.weight());
  }

  @Override
  public void divergence(Comparison c, Storage y) {
    compared(divergence, c).arg(y).launch(1, LaunchGrid.ONE_BLOCK);
  }

  @Override
  public void divergenceBackward(Comparison c, Storage dy, Storage dp, Storage dq) {
    compared(divergenceBackward, c).arg(dy).arg(dp).arg(dq).launch(1, LaunchGrid.ONE_BLOCK);
  }

  private static CudaKernel compared(CudaKernel kernel, Comparison c) {
    return kernel
        .begin()
        .arg(c.nodes())
        .arg((float) c.alpha())
        .arg((float) c.e())
        .arg(c.p())
        .arg(c.q());
  }

  @Override
  public void mean(Samples samples, Storage y) {
    mean.begin()
        .arg(samples.n())
        .arg(samples.s())
        .arg(samples.weight())
        .arg(samples.count())
        .arg(y)
        .launch(1, LaunchGrid.ONE_BLOCK);
  }

  @Override
  public void meanBackward(Samples samples, double alpha, Storage dy, Storage ds) {
    meanBackward
        .begin()
        .arg(samples.n())
        .arg((float) alpha)
        .arg(samples.weight())
        .arg(samples.count())
        .arg(dy)
        .arg(ds)
        .launch(LaunchGrid.strided(samples.n()), LaunchGrid.THREADS);
  }

  @Override
  public void order(Branches branches, double alpha, Storage y, Storage dmeans) {
    order
        .begin()
        .arg(branches.count())
        .arg((float) alpha)
        .arg(branches.means())
        .arg(branches.counts())
        .arg(y)
        .arg(dmeans)
        .launch(1, 1);
  }
}
