package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.CounterRandom;
import facet.tensor.kernel.PointwiseKernels;

/// [PointwiseKernels] by `pointwise.cu`.
final class CudaPointwise implements PointwiseKernels {
  private final Driver driver;
  private final CudaMemory memory;
  private final CudaKernel fill;
  private final CudaKernel add;
  private final CudaKernel axpy;
  private final CudaKernel scale;
  private final CudaKernel scaleBy;
  private final CudaKernel broadcast;
  private final CudaKernel sum;
  private final CudaKernel addBias;
  private final CudaKernel columnSum;
  private final CudaKernel prelu;
  private final CudaKernel preluBackward;
  private final CudaKernel dropout;

  CudaPointwise(Driver driver, CudaMemory memory) {
    this.driver = driver;
    this.memory = memory;
    var module = CudaModule.load(driver, "pointwise");
    fill = module.kernel("fill");
    add = module.kernel("add");
    axpy = module.kernel("axpy");
    scale = module.kernel("scale");
    scaleBy = module.kernel("scale_by");
    broadcast = module.kernel("broadcast");
    sum = module.kernel("sum");
    addBias = module.kernel("add_bias");
    columnSum = module.kernel("column_sum");
    prelu = module.kernel("prelu");
    preluBackward = module.kernel("prelu_backward");
    dropout = module.kernel("dropout");
  }

  @Override
  public void fill(int n, double value, Storage y) {
    each(fill.begin().arg(n).arg((float) value).arg(y), n);
  }

  @Override
  public void copy(int n, Storage x, Storage y) {
    if (n > 0) {
      driver.copyOnDevice(
          CudaStorage.of(x).address(),
          CudaStorage.of(y).address(),
          (long) CudaStorage.ELEMENT * n,
          driver.mainStream());
    }
  }

  @Override
  public void add(int n, Storage a, Storage b, Storage y) {
    each(add.begin().arg(n).arg(a).arg(b).arg(y), n);
  }

  @Override
  public void axpy(int n, double alpha, Storage x, Storage y) {
    each(axpy.begin().arg(n).arg((float) alpha).arg(x).arg(y), n);
  }

  @Override
  public void scale(int n, double alpha, Storage x, Storage y) {
    each(scale.begin().arg(n).arg((float) alpha).arg(x).arg(y), n);
  }

  @Override
  public void scaleBy(int n, double alpha, Storage s, Storage x, Storage y) {
    each(scaleBy.begin().arg(n).arg((float) alpha).arg(s).arg(x).arg(y), n);
  }

  @Override
  public void broadcast(int n, double alpha, Storage s, Storage y) {
    each(broadcast.begin().arg(n).arg((float) alpha).arg(s).arg(y), n);
  }

  @Override
  public void sum(int n, double alpha, Storage x, Storage y) {
    var blocks = Math.max(1, Math.min(Launch.strided(n), Launch.ONE_BLOCK));
    if (blocks == 1) {
      sum.begin().arg(n).arg((float) alpha).arg(x).arg(y).launch(1, Launch.THREADS);
      return;
    }
    var partial = memory.scratch(blocks);
    sum.begin().arg(n).arg(1f).arg(x).arg(partial).launch(blocks, Launch.THREADS);
    sum.begin().arg(blocks).arg((float) alpha).arg(partial).arg(y).launch(1, Launch.ONE_BLOCK);
    memory.giveBack(partial);
  }

  @Override
  public void addBias(int rows, int columns, Storage x, Storage bias, Storage y) {
    each(addBias.begin().arg(rows).arg(columns).arg(x).arg(bias).arg(y), rows * columns);
  }

  @Override
  public void columnSum(int rows, int columns, Storage x, Storage y) {
    var shares = Launch.rowShares(rows, columns);
    if (shares == 1) {
      columnSum(rows, columns, x, y, 1);
      return;
    }
    var partial = memory.scratch(shares * columns);
    columnSum(rows, columns, x, partial, shares);
    columnSum(shares, columns, partial, y, 1);
    memory.giveBack(partial);
  }

  private void columnSum(int rows, int columns, Storage x, Storage y, int shares) {
    Launch.columns(columnSum.begin().arg(rows).arg(columns).arg(x).arg(y), columns, shares);
  }

  @Override
  public void prelu(int rows, int columns, Storage x, Storage slope, Storage y) {
    each(prelu.begin().arg(rows).arg(columns).arg(x).arg(slope).arg(y), rows * columns);
  }

  @Override
  public void preluBackward(
      int rows, int columns, Storage x, Storage slope, Storage dy, Storage dx, Storage dslope) {
    var shares = Launch.rowShares(rows, columns);
    var partial = memory.scratch(shares * columns);
    Launch.columns(
        preluBackward.begin().arg(rows).arg(columns).arg(x).arg(slope).arg(dy).arg(dx).arg(partial),
        columns,
        shares);
    columnSum(shares, columns, partial, dslope, 1);
    memory.giveBack(partial);
  }

  @Override
  public void dropout(int n, double rate, long seed, Storage x, Storage y) {
    each(
        dropout
            .begin()
            .arg(n)
            .arg((int) Math.ceil(rate * (1 << 24)))
            .arg(CounterRandom.low(seed))
            .arg(CounterRandom.high(seed))
            .arg((float) (1 / (1 - rate)))
            .arg(x)
            .arg(y),
        n);
  }

  private static void each(CudaKernel kernel, int n) {
    kernel.launch(Launch.strided(n), Launch.THREADS);
  }
}
