package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.GroupedConvKernels;
import facet.tensor.kernel.GroupedConvShape;

/// [GroupedConvKernels] as one walk over all products `x * w` of the sum; the three kernels differ
/// in what they do with a product's three places.
final class ReferenceGroupedConv implements GroupedConvKernels {
  @Override
  public void forward(GroupedConvShape s, Storage x, Storage w, Storage y) {
    var image = DoubleStorage.of(x);
    var weight = DoubleStorage.of(w);
    var out = DoubleStorage.of(y);
    out.fill(s.n() * s.oh() * s.ow() * s.c(), 0);
    forEachProduct(s, (at, wAt, yAt) -> out.add(yAt, image.get(at) * weight.get(wAt)));
  }

  @Override
  public void backwardData(GroupedConvShape s, Storage dy, Storage w, Storage dx) {
    var gradient = DoubleStorage.of(dy);
    var weight = DoubleStorage.of(w);
    var out = DoubleStorage.of(dx);
    out.fill(s.n() * s.h() * s.w() * s.c(), 0);
    forEachProduct(s, (xAt, wAt, at) -> out.add(xAt, gradient.get(at) * weight.get(wAt)));
  }

  @Override
  public void backwardWeight(GroupedConvShape s, Storage x, Storage dy, Storage dw) {
    var image = DoubleStorage.of(x);
    var gradient = DoubleStorage.of(dy);
    var out = DoubleStorage.of(dw);
    out.fill(s.kh() * s.kw() * s.c() * s.per(), 0);
    forEachProduct(s, (xAt, wAt, at) -> out.add(wAt, gradient.get(at) * image.get(xAt)));
  }

  /// Indices into `x`, the weight and `y` of one product.
  private interface Product {
    void at(int x, int w, int y);
  }

  private static void forEachProduct(GroupedConvShape s, Product product) {
    for (var n = 0; n < s.n(); n++) {
      for (var p = 0; p < s.oh(); p++) {
        for (var q = 0; q < s.ow(); q++) {
          for (var i = 0; i < s.kh(); i++) {
            for (var j = 0; j < s.kw(); j++) {
              var iy = p * s.stride() - s.pad() + i;
              var ix = q * s.stride() - s.pad() + j;
              if (iy >= 0 && iy < s.h() && ix >= 0 && ix < s.w()) {
                var x = ((n * s.h() + iy) * s.w() + ix) * s.c(); // x[n, iy, ix, 0]
                var w = (i * s.kw() + j) * s.c() * s.per(); // w[i, j, 0, 0]
                var y = ((n * s.oh() + p) * s.ow() + q) * s.c(); // y[n, p, q, 0]
                channels(s, product, x, w, y);
              }
            }
          }
        }
      }
    }
  }

  /// The products of all channels for a tap of the weight and a pixel.
  private static void channels(GroupedConvShape s, Product product, int x, int w, int y) {
    for (var c = 0; c < s.c(); c++) {
      for (var k = 0; k < s.per(); k++) {
        product.at(x + c - c % s.per() + k, w + c * s.per() + k, y + c);
      }
    }
  }
}
