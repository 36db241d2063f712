package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.ConvKernels;
import facet.tensor.kernel.GemmShape;
import java.util.Map;
import java.util.Objects;

/// [ConvKernels] by the handwritten kernels of `conv.cu`, `conv_tensor.cu` and `conv_wgmma.cu`:
/// implicit gemm. A 1x1 convolution with stride 1 is a plain one.
final class CudaConv implements ConvKernels {
  private final Products products;
  private final CudaGemm gemm;
  private final Map<Tiling.Tile, CudaKernel> forward;
  private final Map<Tiling.Tile, CudaKernel> backwardData;
  private final Map<Tiling.Tile, CudaKernel> backwardWeight;

  CudaConv(Driver driver, Products products, CudaGemm gemm) {
    this.products = products;
    this.gemm = gemm;
    var tiles = products.tiling().tiles();
    var module = CudaModule.load(driver, "conv" + products.tiling().family());
    forward = products.kernels(module, "conv_forward", tiles);
    backwardData = products.kernels(module, "conv_backward_data", tiles);
    backwardWeight = products.kernels(module, "conv_backward_weight", tiles);
  }

  private static boolean isGemm(Conv2dShape s) {
    return s.kh() == 1 && s.kw() == 1 && s.stride() == 1 && s.pad() == 0;
  }

  @Override
  public void forward(Conv2dShape s, Storage x, Storage w, Storage y) {
    var pixels = s.n() * s.oh() * s.ow();
    if (isGemm(s)) {
      gemm.gemm(new GemmShape(false, true, pixels, s.o(), s.c()), 1, x, w, 0, y);
    } else if (pixels > 0) {
      var plan = plan(pixels, s.o(), s.kh() * s.kw() * products.stored(s.c()), pixels, 1);
      try (var image = products.pack(x, s.n() * s.h() * s.w(), s.c());
          var weight = products.pack(w, s.o() * s.kh() * s.kw(), s.c())) {
        var target = plan.direct() ? CudaStorage.of(y) : products.partials(plan);
        var kernel = Objects.requireNonNull(forward.get(plan.tile())).begin();
        products.result(kernel.arg(image.address()).arg(weight.address()), target);
        products.ofType(target, geometry(kernel, s).arg(s.o()).arg(plan.splits().chunk()));
        plan.launch(kernel);
        if (!plan.direct()) {
          products.sum(target, plan.splits().count(), pixels, s.o(), s.o(), 1, 0, y);
        }
      }
    }
  }

  @Override
  public void backwardData(Conv2dShape s, Storage dy, Storage w, Storage dx) {
    var pixels = s.n() * s.h() * s.w();
    if (isGemm(s)) {
      gemm.gemm(new GemmShape(false, false, pixels, s.c(), s.o()), 1, dy, w, 0, dx);
    } else if (pixels > 0) {
      var d = s.stride();
      // Of the largest phase: the pixels that differ by multiples of the stride.
      var largest = s.n() * Tiling.blocks(s.h(), d) * Tiling.blocks(s.w(), d);
      var taps = Tiling.blocks(s.kh(), d) * Tiling.blocks(s.kw(), d);
      var plan = plan(largest, s.c(), taps * products.stored(s.o()), pixels, d * d);
      var transposed = products.tiling().transposes();
      try (var gradient = products.pack(dy, s.n() * s.oh() * s.ow(), s.o());
          var weight =
              transposed
                  ? products.packTransposed(w, s.o(), s.kh() * s.kw(), s.c())
                  : products.pack(w, s.o() * s.kh() * s.kw(), s.c())) {
        var target = plan.direct() ? CudaStorage.of(dx) : products.partials(plan);
        var kernel = Objects.requireNonNull(backwardData.get(plan.tile())).begin();
        products.result(kernel.arg(gradient.address()).arg(weight.address()), target);
        geometry(kernel, s);
        if (!transposed) {
          kernel.arg(s.o());
        }
        products.ofType(target, kernel.arg(s.c()).arg(plan.splits().chunk()));
        plan.launch(kernel);
        if (!plan.direct()) {
          products.sum(target, plan.splits().count(), pixels, s.c(), s.c(), 1, 0, dx);
        }
      }
    }
  }

  @Override
  public void backwardWeight(Conv2dShape s, Storage x, Storage dy, Storage dw) {
    var pixels = s.n() * s.oh() * s.ow();
    if (isGemm(s)) {
      gemm.gemm(new GemmShape(true, false, s.o(), s.c(), pixels), 1, dy, x, 0, dw);
    } else if (pixels == 0) {
      products.scale(s.o(), s.kh() * s.kw() * s.c(), 0, dw);
    } else {
      var stored = products.stored(s.c());
      var columns = s.kh() * s.kw() * stored;
      var rows = s.o() * s.kh() * s.kw();
      // The tile's short side lies along the output channels, which are the rows of the result.
      var plan = plan(columns, s.o(), pixels, columns, 1);
      try (var image = products.pack(x, s.n() * s.h() * s.w(), s.c());
          var gradient = products.pack(dy, pixels, s.o())) {
        var direct = plan.direct() && stored == s.c();
        var target = direct ? CudaStorage.of(dw) : products.partials(plan);
        var kernel = Objects.requireNonNull(backwardWeight.get(plan.tile())).begin();
        kernel.arg(image.address()).arg(gradient.address()).arg(target);
        geometry(kernel, s).arg(s.o()).arg(plan.splits().chunk());
        plan.launch(kernel);
        if (!direct) {
          products.sum(target, plan.splits().count(), rows, stored, s.c(), 1, 0, dw);
        }
      }
    }
  }

  /// @param pixels the long side of the result that a grid covers
  /// @param channels its short side
  /// @param k length of the sums
  /// @param results rows of `channels` that one result has in memory
  private Products.Plan plan(int pixels, int channels, int k, long results, int phases) {
    var tiles = products.tiling().tiles();
    return products.plan(tiles, pixels, channels, k, phases, results * channels);
  }

  /// The parameters from `n` to `ow`, channels as they are stored.
  private CudaKernel geometry(CudaKernel kernel, Conv2dShape s) {
    return kernel
        .args(s.n(), s.h(), s.w(), products.stored(s.c()))
        .arg(products.stored(s.o()))
        .args(s.kh(), s.kw(), s.stride(), s.pad())
        .arg(s.oh())
        .arg(s.ow());
  }
}
