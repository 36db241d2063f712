package facet.train.data.synthetic;

/// The few functions that shapes and shades are made of.
final class Shaping {
  private Shaping() {}

  static double clamp(double x) {
    return x < 0 ? 0 : x > 1 ? 1 : x;
  }

  static double mix(double a, double b, double t) {
    return a + (b - a) * t;
  }

  /// 0 up to `from`, 1 beyond `to`, a smooth cubic between; `from` may be the larger one.
  static double step(double from, double to, double x) {
    double t = clamp((x - from) / (to - from));
    return t * t * (3 - 2 * t);
  }

  /// A smooth hill: 1 at the origin, (1 − r²)³ up to r = 1, 0 beyond.
  static double bump(double x, double y) {
    double q = 1 - x * x - y * y;
    return q <= 0 ? 0 : q * q * q;
  }

  static double bump(double x) {
    return bump(x, 0);
  }

  /// Smooth lattice noise in [0, 1] with features of size 1.
  static double noise(double x, double y, int salt) {
    double fx = Math.floor(x);
    double fy = Math.floor(y);
    int ix = (int) fx;
    int iy = (int) fy;
    double tx = x - fx;
    double ty = y - fy;
    tx = tx * tx * (3 - 2 * tx);
    ty = ty * ty * (3 - 2 * ty);
    double low = mix(lattice(ix, iy, salt), lattice(ix + 1, iy, salt), tx);
    double high = mix(lattice(ix, iy + 1, salt), lattice(ix + 1, iy + 1, salt), tx);
    return mix(low, high, ty);
  }

  /// A hash of a lattice point, uniform in [0, 1).
  static double lattice(int x, int y, int salt) {
    int h = x * 0x27D4EB2D + y * 0x165667B1 + salt * 0x9E3779B1;
    h = (h ^ (h >>> 15)) * 0x85EBCA6B;
    h = (h ^ (h >>> 13)) * 0xC2B2AE35;
    return ((h ^ (h >>> 16)) >>> 8) * 0x1p-24;
  }
}
