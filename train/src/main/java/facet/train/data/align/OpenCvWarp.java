package facet.train.data.align;

import facet.train.data.image.RgbImage;

/// The pixels of OpenCV's `warpAffine` (`INTER_LINEAR`, a black border) to the last bit, for faces
/// that have to be those of insightface's alignment. A pixel mixes the four of the source around
/// its place, however many it covers, so what shrinks much aliases.
///
/// OpenCV computes in whole numbers: places to 1/1024 of a pixel, of which the weights see 1/32.
/// They are rounded here where it rounds. Compared with version 4.6 without Intel's libraries;
/// other builds may round elsewhere.
final class OpenCvWarp {
  /// Parts of a pixel that places are summed in.
  private static final int FINE = 10;

  /// Parts of a pixel that weights depend on.
  private static final int COARSE = 5;

  private static final int STEPS = 1 << COARSE;

  private OpenCvWarp() {}

  /// @param t from the source to the result
  /// @param size side of the result in pixels
  static RgbImage apply(RgbImage source, SimilarityTransform t, int size) {
    // the inverse in OpenCV's order of operations
    var d = 1 / (t.a() * t.a() + t.b() * t.b());
    var a = t.a() * d;
    var b = t.b() * d;
    var tx = -a * t.tx() - b * t.ty();
    var ty = b * t.tx() - a * t.ty();
    var right = new int[size];
    var down = new int[size];
    for (var x = 0; x < size; x++) {
      right[x] = fixed(a * x);
      down[x] = fixed(-b * x);
    }
    var rgb = new byte[3 * size * size];
    var half = 1 << (FINE - COARSE - 1);
    for (var y = 0; y < size; y++) {
      var rowX = fixed(b * y + tx) + half;
      var rowY = fixed(a * y + ty) + half;
      for (var x = 0; x < size; x++) {
        pixel(
            source,
            (rowX + right[x]) >> (FINE - COARSE),
            (rowY + down[x]) >> (FINE - COARSE),
            rgb,
            3 * (y * size + x));
      }
    }
    return new RgbImage(size, size, rgb);
  }

  /// In parts of a pixel, halves to even.
  private static int fixed(double pixels) {
    return (int) Math.rint(pixels * (1 << FINE));
  }

  /// Puts the colour at `(x, y)`, in coarse parts of a pixel, into `rgb` from `to` on.
  private static void pixel(RgbImage source, int x, int y, byte[] rgb, int to) {
    var left = Math.clamp(x >> COARSE, Short.MIN_VALUE, Short.MAX_VALUE);
    var top = Math.clamp(y >> COARSE, Short.MIN_VALUE, Short.MAX_VALUE);
    var right = x & (STEPS - 1);
    var down = y & (STEPS - 1);
    for (var c = 0; c < 3; c++) {
      var sum =
          (STEPS - right) * (STEPS - down) * value(source, left, top, c)
              + right * (STEPS - down) * value(source, left + 1, top, c)
              + (STEPS - right) * down * value(source, left, top + 1, c)
              + right * down * value(source, left + 1, top + 1, c);
      rgb[to + c] = (byte) ((sum + STEPS * STEPS / 2) >> (2 * COARSE));
    }
  }

  private static int value(RgbImage source, int x, int y, int c) {
    return x >= 0 && y >= 0 && x < source.width() && y < source.height()
        ? source.rgb()[3 * (y * source.width() + x) + c] & 0xff
        : 0;
  }
}
