package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.Pool2dShape;
import facet.tensor.kernel.PoolKernels;

/// [PoolKernels] by `pool.cu`.
final class CudaPool implements PoolKernels {
  private final CudaKernel max;
  private final CudaKernel maxBackward;
  private final CudaKernel average;
  private final CudaKernel averageBackward;

  CudaPool(Driver driver) {
    var module = CudaModule.load(driver, "pool");
    max = module.kernel("max_pool");
    maxBackward = module.kernel("max_pool_backward");
    average = module.kernel("average_pool");
    averageBackward = module.kernel("average_pool_backward");
  }

  @Override
  public void maxForward(Pool2dShape s, Storage x, Storage y, Storage argmax) {
    shape(max, s).arg(x).arg(y).arg(argmax).launch(Launch.strided(outputs(s)), Launch.THREADS);
  }

  @Override
  public void maxBackward(Pool2dShape s, Storage dy, Storage argmax, Storage dx) {
    shape(maxBackward, s)
        .arg(dy)
        .arg(argmax)
        .arg(dx)
        .launch(Launch.strided(inputs(s)), Launch.THREADS);
  }

  @Override
  public void averageForward(Pool2dShape s, Storage x, Storage y) {
    shape(average, s).arg(x).arg(y).launch(Launch.strided(outputs(s)), Launch.THREADS);
  }

  @Override
  public void averageBackward(Pool2dShape s, Storage dy, Storage dx) {
    shape(averageBackward, s).arg(dy).arg(dx).launch(Launch.strided(inputs(s)), Launch.THREADS);
  }

  private static CudaKernel shape(CudaKernel kernel, Pool2dShape s) {
    return kernel
        .begin()
        .arg(s.n())
        .arg(s.h())
        .arg(s.w())
        .arg(s.c())
        .arg(s.kh())
        .arg(s.kw())
        .arg(s.stride())
        .arg(s.pad())
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
