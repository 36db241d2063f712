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
  public void select(int n, boolean positiveOnly, Storage s, Storage weight, Storage count) {
    select
        .begin()
        .arg(n)
        .arg(positiveOnly)
        .arg((float) NO_SAMPLE_LIMIT)
        .arg(s)
        .arg(weight)
        .arg(count)
        .launch(1, Launch.ONE_BLOCK);
  }

  @Override
  public void softHistogram(
      int n, HistogramGrid grid, Storage s, Storage weight, Storage p, Storage z) {
    soft.begin()
        .arg(n)
        .arg(grid.nodes())
        .arg(grid.low())
        .arg(grid.step())
        .arg((float) grid.gamma())
        .arg(s)
        .arg(weight)
        .arg(p)
        .launch(Launch.blocks(32L * grid.nodes(), Launch.THREADS), Launch.THREADS);
    softDivide.begin().arg(grid.nodes()).arg(p).arg(z).launch(1, Launch.ONE_BLOCK);
  }

  @Override
  public void softHistogramBackward(
      int n,
      HistogramGrid grid,
      Storage s,
      Storage weight,
      Storage p,
      Storage z,
      Storage dp,
      Storage ds) {
    softBackward
        .begin()
        .arg(n)
        .arg(grid.nodes())
        .arg(grid.low())
        .arg(grid.step())
        .arg((float) grid.gamma())
        .arg(s)
        .arg(weight)
        .arg(p)
        .arg(z)
        .arg(dp)
        .arg(ds)
        .launch(Launch.blocks(n, SAMPLES), Launch.THREADS);
  }

  @Override
  public void divergence(int nodes, double alpha, double e, Storage p, Storage q, Storage y) {
    divergence
        .begin()
        .arg(nodes)
        .arg((float) alpha)
        .arg((float) e)
        .arg(p)
        .arg(q)
        .arg(y)
        .launch(1, Launch.ONE_BLOCK);
  }

  @Override
  public void divergenceBackward(
      int nodes, double alpha, double e, Storage p, Storage q, Storage dy, Storage dp, Storage dq) {
    divergenceBackward
        .begin()
        .arg(nodes)
        .arg((float) alpha)
        .arg((float) e)
        .arg(p)
        .arg(q)
        .arg(dy)
        .arg(dp)
        .arg(dq)
        .launch(1, Launch.ONE_BLOCK);
  }

  @Override
  public void mean(int n, Storage s, Storage weight, Storage count, Storage y) {
    mean.begin().arg(n).arg(s).arg(weight).arg(count).arg(y).launch(1, Launch.ONE_BLOCK);
  }

  @Override
  public void meanBackward(
      int n, double alpha, Storage weight, Storage count, Storage dy, Storage ds) {
    meanBackward
        .begin()
        .arg(n)
        .arg((float) alpha)
        .arg(weight)
        .arg(count)
        .arg(dy)
        .arg(ds)
        .launch(Launch.strided(n), Launch.THREADS);
  }

  @Override
  public void order(
      int branches, double alpha, Storage means, Storage counts, Storage y, Storage dmeans) {
    order
        .begin()
        .arg(branches)
        .arg((float) alpha)
        .arg(means)
        .arg(counts)
        .arg(y)
        .arg(dmeans)
        .launch(1, 1);
  }
}
