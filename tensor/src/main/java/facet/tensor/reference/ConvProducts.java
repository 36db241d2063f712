package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;

/// A convolution as one walk over all products `x * w` of its sum; its three kernels differ in what
/// they do with a product's three places.
@FunctionalInterface
interface ConvProducts {
  /// Indices into `x`, the weight and `y` of one product.
  interface Product {
    void at(int x, int w, int y);
  }

  void forEach(Product product);

  /// @param size of `y`
  default void forward(int size, Storage x, Storage w, Storage y) {
    var image = DoubleStorage.of(x);
    var weight = DoubleStorage.of(w);
    var out = DoubleStorage.of(y);
    out.fill(size, 0);
    forEach((xAt, wAt, yAt) -> out.add(yAt, image.get(xAt) * weight.get(wAt)));
  }

  /// @param size of `dx`
  default void backwardData(int size, Storage dy, Storage w, Storage dx) {
    var gradient = DoubleStorage.of(dy);
    var weight = DoubleStorage.of(w);
    var out = DoubleStorage.of(dx);
    out.fill(size, 0);
    forEach((xAt, wAt, yAt) -> out.add(xAt, gradient.get(yAt) * weight.get(wAt)));
  }

  /// @param size of `dw`
  default void backwardWeight(int size, Storage x, Storage dy, Storage dw) {
    var image = DoubleStorage.of(x);
    var gradient = DoubleStorage.of(dy);
    var out = DoubleStorage.of(dw);
    out.fill(size, 0);
    forEach((xAt, wAt, yAt) -> out.add(wAt, gradient.get(yAt) * image.get(xAt)));
  }

  /// What a tap of the weight meets.
  interface Tap {
    /// @param x where pixel `x[n, iy, ix]` begins, `y` where `y[n, p, q]` does
    /// @param i row of the weight, `j` its column
    void at(int x, int y, int i, int j);
  }

  /// Every tap of the weight at every output pixel, but for those that meet the padding.
  static void forEachTap(Conv2dShape s, Tap tap) {
    for (var n = 0; n < s.n(); n++) {
      for (var p = 0; p < s.oh(); p++) {
        for (var q = 0; q < s.ow(); q++) {
          var y = ((n * s.oh() + p) * s.ow() + q) * s.o();
          for (var i = 0; i < s.kh(); i++) {
            for (var j = 0; j < s.kw(); j++) {
              var iy = p * s.stride() - s.pad() + i;
              var ix = q * s.stride() - s.pad() + j;
              if (iy >= 0 && iy < s.h() && ix >= 0 && ix < s.w()) {
                tap.at(((n * s.h() + iy) * s.w() + ix) * s.c(), y, i, j);
              }
            }
          }
        }
      }
    }
  }
}
