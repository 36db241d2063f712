package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.RowKernels;

/// [RowKernels] by `row.cu`.
final class CudaRow implements RowKernels {
  /// Rows of a block in which every warp has one.
  private static final int WARPS = 8;

  /// Rows of a tile of similarities.
  private static final int TILE = 32;

  /// Classes that make a share of a row worth a block.
  private static final int SMALLEST_SHARE = 2048;

  private final CudaMemory memory;
  private final CudaKernel normalize;
  private final CudaKernel normalizeBackward;
  private final CudaKernel dot;
  private final CudaKernel dotBackward;
  private final CudaKernel hardestNegative;
  private final CudaKernel hardestNegativeMerge;
  private final CudaKernel hardestNegativeBackward;
  private final CudaKernel marginSums;
  private final CudaKernel marginLoss;
  private final CudaKernel marginBackward;
  private final CudaKernel adaptiveMargin;
  private final CudaKernel adaptiveMarginBackward;

  CudaRow(Driver driver, CudaMemory memory) {
    this.memory = memory;
    var module = CudaModule.load(driver, "row");
    normalize = module.kernel("normalize_rows");
    normalizeBackward = module.kernel("normalize_rows_backward");
    dot = module.kernel("dot_rows");
    dotBackward = module.kernel("dot_rows_backward");
    hardestNegative = module.kernel("hardest_negative");
    hardestNegativeMerge = module.kernel("hardest_negative_merge");
    hardestNegativeBackward = module.kernel("hardest_negative_backward");
    marginSums = module.kernel("margin_softmax_sums");
    marginLoss = module.kernel("margin_softmax_loss");
    marginBackward = module.kernel("margin_softmax_backward");
    adaptiveMargin = module.kernel("adaptive_margin");
    adaptiveMarginBackward = module.kernel("adaptive_margin_backward");
  }

  @Override
  public void normalize(int rows, int columns, double eps, Storage x, Storage y, Storage norm) {
    perWarp(
        normalize.begin().arg(rows).arg(columns).arg((float) eps).arg(x).arg(y).arg(norm), rows);
  }

  @Override
  public void normalizeBackward(
      int rows, int columns, double eps, Storage y, Storage norm, Storage dy, Storage dx) {
    perWarp(
        normalizeBackward
            .begin()
            .arg(rows)
            .arg(columns)
            .arg((float) eps)
            .arg(y)
            .arg(norm)
            .arg(dy)
            .arg(dx),
        rows);
  }

  @Override
  public void dot(int rows, int columns, Storage a, Storage b, Storage y) {
    perWarp(dot.begin().arg(rows).arg(columns).arg(a).arg(b).arg(y), rows);
  }

  @Override
  public void dotBackward(int rows, int columns, Storage dy, Storage other, Storage dx) {
    perWarp(dotBackward.begin().arg(rows).arg(columns).arg(dy).arg(other).arg(dx), rows);
  }

  private static void perWarp(CudaKernel kernel, int rows) {
    kernel.launch(Launch.blocks(rows, WARPS), 32 * WARPS);
  }

  @Override
  public void hardestNegative(
      int rows, int columns, Storage x, Storage labels, Storage value, Storage argmax) {
    var tiles = Launch.blocks(rows, TILE);
    var parts = Launch.shares(tiles, tiles, 1);
    var partialValue = memory.scratch(parts * rows);
    var partialRow = memory.scratch(parts * rows);
    hardestNegative
        .begin()
        .arg(rows)
        .arg(columns)
        .arg(x)
        .arg(labels)
        .arg(partialValue)
        .arg(partialRow)
        .launch(tiles, parts, 1, TILE, 8, 0);
    hardestNegativeMerge
        .begin()
        .arg(rows)
        .arg(parts)
        .arg(partialValue)
        .arg(partialRow)
        .arg(value)
        .arg(argmax)
        .launch(Launch.strided(rows), Launch.THREADS);
    memory.giveBack(partialValue);
    memory.giveBack(partialRow);
  }

  @Override
  public void hardestNegativeBackward(
      int rows, int columns, Storage x, Storage argmax, Storage dvalue, Storage dx) {
    hardestNegativeBackward
        .begin()
        .arg(rows)
        .arg(columns)
        .arg(x)
        .arg(argmax)
        .arg(dvalue)
        .arg(dx)
        .launch(rows, Launch.THREADS);
  }

  @Override
  public void marginSoftmax(
      int rows, int classes, Margin margin, Storage c, Storage labels, Storage lse, Storage loss) {
    var shares = Launch.shares(classes, rows, SMALLEST_SHARE);
    var partial = memory.scratch(2 * shares * rows);
    marginSums
        .begin()
        .arg(rows)
        .arg(classes)
        .arg((float) margin.scale())
        .arg(c)
        .arg(labels)
        .arg(partial)
        .launch(rows, shares, Launch.THREADS);
    margin(marginLoss.begin().arg(rows).arg(classes).arg(shares), margin)
        .arg(c)
        .arg(labels)
        .arg(partial)
        .arg(lse)
        .arg(loss)
        .launch(1, Launch.ONE_BLOCK);
    memory.giveBack(partial);
  }

  @Override
  public void marginSoftmaxBackward(
      int rows,
      int classes,
      Margin margin,
      Storage c,
      Storage labels,
      Storage lse,
      Storage dloss,
      Storage dc) {
    margin(marginBackward.begin().arg(rows).arg(classes), margin)
        .arg(c)
        .arg(labels)
        .arg(lse)
        .arg(dloss)
        .arg(dc)
        .launch(rows, Launch.shares(classes, rows, SMALLEST_SHARE), Launch.THREADS);
  }

  private static CudaKernel margin(CudaKernel kernel, Margin margin) {
    return kernel
        .arg(margin.kind().ordinal())
        .arg(margin.m())
        .arg(Math.cos(margin.m()))
        .arg(Math.sin(margin.m()))
        .arg(margin.scale());
  }

  @Override
  public void adaptiveMargin(
      int rows,
      int classes,
      AdaptiveMargin margin,
      Storage c,
      Storage labels,
      Storage p,
      Storage y) {
    adaptive(adaptiveMargin.begin(), rows, classes, margin)
        .arg(c)
        .arg(labels)
        .arg(p)
        .arg(y)
        .launch(rows, Launch.THREADS);
  }

  @Override
  public void adaptiveMarginBackward(
      int rows,
      int classes,
      AdaptiveMargin margin,
      Storage c,
      Storage labels,
      Storage p,
      Storage dy,
      Storage dc,
      Storage dp) {
    adaptive(adaptiveMarginBackward.begin(), rows, classes, margin)
        .arg(c)
        .arg(labels)
        .arg(p)
        .arg(dy)
        .arg(dc)
        .arg(dp)
        .launch(rows, Launch.THREADS);
  }

  private static CudaKernel adaptive(
      CudaKernel kernel, int rows, int classes, AdaptiveMargin margin) {
    return kernel
        .arg(rows)
        .arg(classes)
        .arg(margin.kind().ordinal())
        .arg(margin.m())
        .arg(Math.cos(margin.m()))
        .arg(Math.sin(margin.m()));
  }
}
