package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.ConvKernels;

/// [ConvKernels] as one walk over all products `x * w` of the sum; the three kernels differ in what
/// they do with a product's three places.
final class ReferenceConv implements ConvKernels {
  @Override
  public void forward(Conv2dShape s, Storage x, Storage w, Storage y) {
    var image = DoubleStorage.of(x);
    var weight = DoubleStorage.of(w);
    var out = DoubleStorage.of(y);
    out.fill(s.n() * s.oh() * s.ow() * s.o(), 0);
    forEachProduct(s, (at, wAt, yAt) -> out.add(yAt, image.get(at) * weight.get(wAt)));
  }

  @Override
  public void backwardData(Conv2dShape s, Storage dy, Storage w, Storage dx) {
    var gradient = DoubleStorage.of(dy);
    var weight = DoubleStorage.of(w);
    var out = DoubleStorage.of(dx);
    out.fill(s.n() * s.h() * s.w() * s.c(), 0);
    forEachProduct(s, (xAt, wAt, at) -> out.add(xAt, gradient.get(at) * weight.get(wAt)));
  }

  @Override
  public void backwardWeight(Conv2dShape s, Storage x, Storage dy, Storage dw) {
    var image = DoubleStorage.of(x);
    var gradient = DoubleStorage.of(dy);
    var out = DoubleStorage.of(dw);
    out.fill(s.o() * s.kh() * s.kw() * s.c(), 0);
    forEachProduct(s, (xAt, wAt, at) -> out.add(wAt, gradient.get(at) * image.get(xAt)));
  }

  /// Indices into `x`, the weight and `y` of one product.
  private interface Product {
    void at(int x, int w, int y);
  }

  private static void forEachProduct(Conv2dShape s, Product product) {
    for (var n = 0; n < s.n(); n++) {
      for (var p = 0; p < s.oh(); p++) {
        for (var q = 0; q < s.ow(); q++) {
          for (var i = 0; i < s.kh(); i++) {
            for (var j = 0; j < s.kw(); j++) {
              var iy = p * s.stride() - s.pad() + i;
              var ix = q * s.stride() - s.pad() + j;
              if (iy >= 0 && iy < s.h() && ix >= 0 && ix < s.w()) {
                channels(s, product, n, p, q, i, j);
              }
            }
          }
        }
      }
    }
  }

  /// The products of the weight's tap `(i, j)` for output pixel `(p, q)` of image `n`.
  private static void channels(Conv2dShape s, Product product, int n, int p, int q, int i, int j) {
    var iy = p * s.stride() - s.pad() + i;
    var ix = q * s.stride() - s.pad() + j;
    var x = ((n * s.h() + iy) * s.w() + ix) * s.c(); // x[n, iy, ix, 0]
    var y = ((n * s.oh() + p) * s.ow() + q) * s.o(); // y[n, p, q, 0]
    for (var o = 0; o < s.o(); o++) {
      var w = ((o * s.kh() + i) * s.kw() + j) * s.c(); // w[o, i, j, 0]
      for (var c = 0; c < s.c(); c++) {
        product.at(x + c, w + c, y + o);
      }
    }
  }
}
