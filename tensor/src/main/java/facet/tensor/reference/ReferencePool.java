package facet.tensor.reference;

import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.kernel.Pool2dShape;
import facet.tensor.kernel.PoolKernels;

/// [PoolKernels], one window and channel after the other.
final class ReferencePool implements PoolKernels {
  @Override
  public void maxForward(Pool2dShape s, Storage x, Storage y, Storage argmax) {
    var image = DoubleStorage.of(x);
    var out = DoubleStorage.of(y);
    var positions = IntArray.of(argmax);
    forEachWindow(
        s,
        (n, c, at, window) -> {
          var best = -1;
          for (var iy = window.top(); iy < window.bottom(); iy++) {
            for (var ix = window.left(); ix < window.right(); ix++) {
              if (best < 0 || image.get(index(s, n, iy, ix, c)) > image.get(image(s, n, best, c))) {
                best = iy * s.w() + ix;
              }
            }
          }
          out.set(at, image.get(image(s, n, best, c)));
          positions.set(at, best);
        });
  }

  @Override
  public void maxBackward(Pool2dShape s, Storage dy, Storage argmax, Storage dx) {
    var gradient = DoubleStorage.of(dy);
    var positions = IntArray.of(argmax);
    var out = DoubleStorage.of(dx);
    out.fill(s.n() * s.h() * s.w() * s.c(), 0);
    forEachWindow(
        s, (n, c, at, window) -> out.add(image(s, n, positions.get(at), c), gradient.get(at)));
  }

  @Override
  public void averageForward(Pool2dShape s, Storage x, Storage y) {
    var image = DoubleStorage.of(x);
    var out = DoubleStorage.of(y);
    forEachWindow(
        s,
        (n, c, at, window) -> {
          var sum = 0.0;
          for (var iy = window.top(); iy < window.bottom(); iy++) {
            for (var ix = window.left(); ix < window.right(); ix++) {
              sum += image.get(index(s, n, iy, ix, c));
            }
          }
          out.set(at, sum / window.area());
        });
  }

  @Override
  public void averageBackward(Pool2dShape s, Storage dy, Storage dx) {
    var gradient = DoubleStorage.of(dy);
    var out = DoubleStorage.of(dx);
    out.fill(s.n() * s.h() * s.w() * s.c(), 0);
    forEachWindow(
        s,
        (n, c, at, window) -> {
          for (var iy = window.top(); iy < window.bottom(); iy++) {
            for (var ix = window.left(); ix < window.right(); ix++) {
              out.add(index(s, n, iy, ix, c), gradient.get(at) / window.area());
            }
          }
        });
  }

  /// The part of a window inside the image.
  private record Window(int top, int bottom, int left, int right) {
    int area() {
      return (bottom - top) * (right - left);
    }
  }

  /// Image `n`, channel `c`, the window's index in `y`.
  private interface Visit {
    void window(int n, int c, int at, Window window);
  }

  private static void forEachWindow(Pool2dShape s, Visit visit) {
    for (var n = 0; n < s.n(); n++) {
      for (var p = 0; p < s.oh(); p++) {
        for (var q = 0; q < s.ow(); q++) {
          var top = p * s.stride() - s.pad();
          var left = q * s.stride() - s.pad();
          var window =
              new Window(
                  Math.max(top, 0),
                  Math.min(top + s.kh(), s.h()),
                  Math.max(left, 0),
                  Math.min(left + s.kw(), s.w()));
          for (var c = 0; c < s.c(); c++) {
            visit.window(n, c, ((n * s.oh() + p) * s.ow() + q) * s.c() + c, window);
          }
        }
      }
    }
  }

  /// The index of `x[n, iy, ix, c]`.
  private static int index(Pool2dShape s, int n, int iy, int ix, int c) {
    return image(s, n, iy * s.w() + ix, c);
  }

  /// The same for a row-major position in the image.
  private static int image(Pool2dShape s, int n, int position, int c) {
    return (n * s.h() * s.w() + position) * s.c() + c;
  }
}
