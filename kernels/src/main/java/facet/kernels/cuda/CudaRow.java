package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.RowKernels;

/// [RowKernels] by `row.cu`.
final class CudaRow implements RowKernels {
  /// Rows of a block in which every warp has one.
  private static final int WARPS = 8;

  /// `HARD_TILE` and `HARD_THREADS` of `hardest_negative.cuh`: rows of a tile of similarities, and
  /// the threads of its block.
  private static final int HARD_TILE = 64;

  private static final int HARD_THREADS = 64;

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
  public void normalize(Matrix x, double eps, UnitRows out) {
    perWarp(
        normalize
            .begin()
            .arg(x.rows())
            .arg(x.columns())
            .arg((float) eps)
            .arg(x.values())
            .arg(out.y())
            .arg(out.norm()),
        x.rows());
  }

  @Override
  public void normalizeBackward(UnitRows unit, double eps, Matrix dy, Storage dx) {
    perWarp(
        normalizeBackward
            .begin()
            .arg(dy.rows())
            .arg(dy.columns())
            .arg((float) eps)
            .arg(unit.y())
            .arg(unit.norm())
            .arg(dy.values())
            .arg(dx),
        dy.rows());
  }

  @Override
  public void dot(Matrix a, Matrix b, Storage y) {
    perWarp(
        dot.begin().arg(a.rows()).arg(a.columns()).arg(a.values()).arg(b.values()).arg(y),
        a.rows());
  }

  @Override
  public void dotBackward(Storage dy, Matrix other, Storage dx) {
    perWarp(
        dotBackward
            .begin()
            .arg(other.rows())
            .arg(other.columns())
            .arg(dy)
            .arg(other.values())
            .arg(dx),
        other.rows());
  }

  private static void perWarp(CudaKernel kernel, int rows) {
    kernel.launch(LaunchGrid.blocks(rows, WARPS), 32 * WARPS);
  }

  @Override
  public void hardestNegative(Matrix x, Storage labels, Hardest out) {
    var rows = x.rows();
    var tiles = LaunchGrid.blocks(rows, HARD_TILE);
    var size = Math.multiplyExact(tiles, rows);
    var partialValue = memory.scratch(size);
    var partialRow = memory.scratch(size);
    hardestNegative
        .begin()
        .arg(rows)
        .arg(x.columns())
        .arg(x.values())
        .arg(labels)
        .arg(partialValue)
        .arg(partialRow)
        .launch(tiles * (tiles + 1) / 2, HARD_THREADS);
    hardestNegativeMerge
        .begin()
        .arg(rows)
        .arg(tiles)
        .arg(partialValue)
        .arg(partialRow)
        .arg(out.value())
        .arg(out.argmax())
        .launch(LaunchGrid.strided(rows), LaunchGrid.THREADS);
    memory.giveBack(partialValue);
    memory.giveBack(partialRow);
  }

  @Override
  public void hardestNegativeBackward(Matrix x, Storage argmax, Storage dvalue, Storage dx) {
    hardestNegativeBackward
        .begin()
        .arg(x.rows())
        .arg(x.columns())
        .arg(x.values())
        .arg(argmax)
        .arg(dvalue)
        .arg(dx)
        .launch(x.rows(), LaunchGrid.THREADS);
  }

  @Override
  public void marginSoftmax(Cosines c, Margin margin, Storage lse, Storage loss) {
    var rows = c.rows();
    var classes = c.classes();
    var shares = LaunchGrid.shares(classes, rows, SMALLEST_SHARE);
    var partial = memory.scratch(2 * shares * rows);
    marginSums
        .begin()
        .arg(rows)
        .arg(classes)
        .arg((float) margin.scale())
        .arg(c.c().values())
        .arg(c.labels())
        .arg(partial)
        .launch(rows, shares, LaunchGrid.THREADS);
    margin(marginLoss.begin().arg(rows).arg(classes).arg(shares), margin)
        .arg(c.c().values())
        .arg(c.labels())
        .arg(partial)
        .arg(lse)
        .arg(loss)
        .launch(1, LaunchGrid.ONE_BLOCK);
    memory.giveBack(partial);
  }

  @Override
  public void marginSoftmaxBackward(
      Cosines c, Margin margin, Storage lse, Storage dloss, Storage dc) {
    margin(marginBackward.begin().arg(c.rows()).arg(c.classes()), margin)
        .arg(c.c().values())
        .arg(c.labels())
        .arg(lse)
        .arg(dloss)
        .arg(dc)
        .launch(
            c.rows(), LaunchGrid.shares(c.classes(), c.rows(), SMALLEST_SHARE), LaunchGrid.THREADS);
  }

  private static CudaKernel margin(CudaKernel kernel, Margin margin) {
    return kernel
        .arg(code(margin.kind()))
        .arg(margin.m())
        .arg(Math.cos(margin.m()))
        .arg(Math.sin(margin.m()))
        .arg(margin.scale());
  }

  /// `enum MarginKind` of `row.cu`.
  private static int code(Margin.Kind kind) {
    return switch (kind) {
      case SOFTMAX -> 0;
      case COSFACE -> 1;
      case ARCFACE -> 2;
      case ARCFACE_EASY -> 3;
      case ARCFACE_STRAIGHT_THROUGH -> 4;
    };
  }

  /// `enum AdaptiveKind` of `row.cu`.
  private static int code(AdaptiveMargin.Kind kind) {
    return switch (kind) {
      case SPHEREFACE -> 0;
      case CURRICULARFACE -> 1;
      case ADAFACE -> 2;
      case MAGFACE -> 3;
      case MAGFACE_EASY -> 4;
    };
  }

  @Override
  public void adaptiveMargin(Cosines c, AdaptiveMargin margin, Storage p, Storage y) {
    adaptive(adaptiveMargin, c, margin).arg(p).arg(y).launch(c.rows(), LaunchGrid.THREADS);
  }

  @Override
  public void adaptiveMarginBackward(
      Cosines c, AdaptiveMargin margin, Storage p, Storage dy, AdaptiveGradient out) {
    adaptive(adaptiveMarginBackward, c, margin)
        .arg(p)
        .arg(dy)
        .arg(out.dc())
        .arg(out.dp())
        .launch(c.rows(), LaunchGrid.THREADS);
  }

  private static CudaKernel adaptive(CudaKernel kernel, Cosines c, AdaptiveMargin margin) {
    return kernel
        .begin()
        .arg(c.rows())
        .arg(c.classes())
        .arg(code(margin.kind()))
        .arg(margin.m())
        .arg(Math.cos(margin.m()))
        .arg(Math.sin(margin.m()))
        .arg(c.c().values())
        .arg(c.labels());
  }
}
