package facet.kernels.cuda;

import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.Pool2dShape;
import facet.tensor.kernel.PoolKernels;

/// [PoolKernels] by `pool.cu` and `pool_bf16.cu`.
final class CudaPool implements PoolKernels {
  /// From so many pixels on a window is worth a block.
  private static final int WIDE = 32;

  private final TypedKernel max;
  private final TypedKernel maxBackward;
  private final TypedKernel average;
  private final TypedKernel averageWide;
  private final TypedKernel averageBackward;

  CudaPool(Driver driver, Precision precision) {
    var module = TypedKernel.Module.load(driver, "pool", precision);
    max = module.kernel("max_pool");
    maxBackward = module.kernel("max_pool_backward");
    average = module.kernel("average_pool");
    averageWide = module.kernel("average_pool_wide");
    averageBackward = module.kernel("average_pool_backward");
  }

  @Override
  public void maxForward(Pool2dShape s, Storage x, Storage y, Storage argmax) {
    shape(max.begin(x), s)
        .activation(x)
        .activation(y)
        .arg(argmax)
        .launch(LaunchGrid.strided(outputs(s)), LaunchGrid.THREADS);
  }

  @Override
  public void maxBackward(Pool2dShape s, Storage dy, Storage argmax, Storage dx) {
    shape(maxBackward.begin(dy), s)
        .activation(dy)
        .arg(argmax)
        .activation(dx)
        .launch(LaunchGrid.strided(inputs(s)), LaunchGrid.THREADS);
  }

  @Override
  public void averageForward(Pool2dShape s, Storage x, Storage y) {
    var wide = s.kh() * s.kw() >= WIDE;
    var kernel = shape((wide ? averageWide : average).begin(x), s).activation(x).activation(y);
    if (wide) {
      var windows = s.n() * s.oh() * s.ow();
      kernel.launch(windows, LaunchGrid.blocks(s.c(), LaunchGrid.THREADS), LaunchGrid.THREADS);
    } else {
      kernel.launch(LaunchGrid.strided(outputs(s)), LaunchGrid.THREADS);
    }
  }

  @Override
  public void averageBackward(Pool2dShape s, Storage dy, Storage dx) {
    shape(averageBackward.begin(dy), s)
        .activation(dy)
        .activation(dx)
        .launch(LaunchGrid.strided(inputs(s)), LaunchGrid.THREADS);
  }

  private static CudaKernel shape(CudaKernel kernel, Pool2dShape s) {
    return kernel
        .args(s.n(), s.h(), s.w(), s.c())
        .args(s.kh(), s.kw(), s.stride(), s.pad())
        .arg(s.oh())
        .arg(s.ow());
  }

  private static int inputs(Pool2dShape s) {
    return s.n() * s.h() * s.w() * s.c();
  }

  private static int outputs(Pool2dShape s) {
    return s.n() * s.oh() * s.ow() * s.c();
  }
}
