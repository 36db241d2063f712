package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.ConvKernels;

/// [ConvKernels] by the products of the definition: each output channel sees all channels.
final class ReferenceConv implements ConvKernels {
  @Override
  public void forward(Conv2dShape s, Storage x, Storage w, Storage y) {
    products(s).forward(s.n() * s.oh() * s.ow() * s.o(), x, w, y);
  }

  @Override
  public void backwardData(Conv2dShape s, Storage dy, Storage w, Storage dx) {
    products(s).backwardData(s.n() * s.h() * s.w() * s.c(), dy, w, dx);
  }

  @Override
  public void backwardWeight(Conv2dShape s, Storage x, Storage dy, Storage dw) {
    products(s).backwardWeight(s.o() * s.kh() * s.kw() * s.c(), x, dy, dw);
  }

  private static ConvProducts products(Conv2dShape s) {
    return product ->
        ConvProducts.forEachTap(
            s,
            (x, y, i, j) -> {
              for (var o = 0; o < s.o(); o++) {
                var w = ((o * s.kh() + i) * s.kw() + j) * s.c(); // w[o, i, j, 0]
                for (var c = 0; c < s.c(); c++) {
                  product.at(x + c, w + c, y + o);
                }
              }
            });
  }
}
