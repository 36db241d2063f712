package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.GroupedConvKernels;
import facet.tensor.kernel.GroupedConvShape;

/// [GroupedConvKernels] by the products of the definition: each channel sees those of its group.
final class ReferenceGroupedConv implements GroupedConvKernels {
  @Override
  public void forward(GroupedConvShape s, Storage x, Storage w, Storage y) {
    products(s).forward(s.n() * s.oh() * s.ow() * s.c(), x, w, y);
  }

  @Override
  public void backwardData(GroupedConvShape s, Storage dy, Storage w, Storage dx) {
    products(s).backwardData(s.n() * s.h() * s.w() * s.c(), dy, w, dx);
  }

  @Override
  public void backwardWeight(GroupedConvShape s, Storage x, Storage dy, Storage dw) {
    products(s).backwardWeight(s.kh() * s.kw() * s.c() * s.per(), x, dy, dw);
  }

  private static ConvProducts products(GroupedConvShape s) {
    var pixels =
        new Conv2dShape(s.n(), s.h(), s.w(), s.c(), s.c(), s.kh(), s.kw(), s.stride(), s.pad());
    return product ->
        ConvProducts.forEachTap(
            pixels,
            (x, y, i, j) -> {
              var w = (i * s.kw() + j) * s.c() * s.per(); // w[i, j, 0, 0]
              for (var c = 0; c < s.c(); c++) {
                for (var k = 0; k < s.per(); k++) {
                  product.at(x + c - c % s.per() + k, w + c * s.per() + k, y + c);
                }
              }
            });
  }
}
