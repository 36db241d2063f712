package facet.kernels.cuda;

import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.GroupedConvKernels;
import facet.tensor.kernel.GroupedConvShape;
import facet.tensor.kernel.Matrix;

/// [GroupedConvKernels] by `grouped_conv.cu` and `grouped_conv_bf16.cu`.
final class CudaGroupedConv implements GroupedConvKernels {
  private final CudaMemory memory;
  private final CudaPointwise pointwise;
  private final TypedKernel forward;
  private final TypedKernel backwardData;
  private final TypedKernel backwardWeight;

  CudaGroupedConv(Driver driver, CudaMemory memory, CudaPointwise pointwise, Precision precision) {
    this.memory = memory;
    this.pointwise = pointwise;
    var module = TypedKernel.Module.load(driver, "grouped_conv", precision);
    forward = module.kernel("grouped_conv");
    backwardData = module.kernel("grouped_conv_backward_data");
    backwardWeight = module.kernel("grouped_conv_backward_weight");
  }

  @Override
  public void forward(GroupedConvShape s, Storage x, Storage w, Storage y) {
    shape(forward.begin(x), s)
        .activation(x)
        .arg(w)
        .activation(y)
        .launch(LaunchGrid.strided((long) pixels(s) * s.c()), LaunchGrid.THREADS);
  }

  @Override
  public void backwardData(GroupedConvShape s, Storage dy, Storage w, Storage dx) {
    shape(backwardData.begin(dy), s)
        .activation(dy)
        .arg(w)
        .activation(dx)
        .launch(LaunchGrid.strided((long) s.n() * s.h() * s.w() * s.c()), LaunchGrid.THREADS);
  }

  @Override
  public void backwardWeight(GroupedConvShape s, Storage x, Storage dy, Storage dw) {
    var taps = s.kh() * s.kw() * s.per();
    var weights = taps * s.c();
    var shares = LaunchGrid.rowShares(pixels(s), weights);
    var partial = memory.scratch(shares * weights);
    LaunchGrid.columns(
        shape(backwardWeight.begin(x), s).activation(x).activation(dy).arg(partial),
        s.c(),
        shares,
        taps);
    pointwise.columnSum(new Matrix(shares, weights, partial), dw);
    memory.giveBack(partial);
  }

  private static int pixels(GroupedConvShape s) {
    return s.n() * s.oh() * s.ow();
  }

  private static CudaKernel shape(CudaKernel kernel, GroupedConvShape s) {
    return kernel
        .args(s.n(), s.h(), s.w(), s.c())
        .arg(s.per())
        .args(s.kh(), s.kw(), s.stride(), s.pad())
        .arg(s.oh())
        .arg(s.ow());
  }
}
