package facet.train.data.align;

import facet.train.data.image.RgbImage;
import java.util.Arrays;

/// Cuts an aligned face out of an image: every pixel of the result is looked up in the source
/// through the transform's inverse, bilinearly, black outside. When the image shrinks, each pixel
/// is the mean of as many evenly spaced look-ups as it covers pixels of the source, so that nothing
/// aliases.
final class AveragingWarp {
  private AveragingWarp() {}

  /// @param transform from the source to the result
  /// @param size side of the result in pixels
  static RgbImage apply(RgbImage source, SimilarityTransform transform, int size) {
    var back = transform.inverse();
    // look-ups along one side of a pixel; a little shrinking is left to the bilinear weights
    var n = Math.clamp((long) Math.ceil(back.scale() - 0.25), 1, 64);
    var rgb = new byte[3 * size * size];
    var sum = new double[3];
    for (var y = 0; y < size; y++) {
      for (var x = 0; x < size; x++) {
        Arrays.fill(sum, 0);
        for (var k = 0; k < n * n; k++) {
          var u = x + (k % n + 0.5) / n - 0.5;
          var row = k / n;
          var v = y + (row + 0.5) / n - 0.5;
          add(
              source,
              back.a() * u - back.b() * v + back.tx(),
              back.b() * u + back.a() * v + back.ty(),
              sum);
        }
        for (var c = 0; c < 3; c++) {
          rgb[3 * (y * size + x) + c] = (byte) Math.round(sum[c] / (n * n));
        }
      }
    }
    return new RgbImage(size, size, rgb);
  }

  /// Adds the colour at `(x, y)` to `sum`.
  private static void add(RgbImage source, double x, double y, double[] sum) {
    var left = Math.floor(x);
    var top = Math.floor(y);
    var right = x - left;
    var down = y - top;
    pixel(source, left, top, (1 - right) * (1 - down), sum);
    pixel(source, left + 1, top, right * (1 - down), sum);
    pixel(source, left, top + 1, (1 - right) * down, sum);
    pixel(source, left + 1, top + 1, right * down, sum);
  }

  private static void pixel(RgbImage source, double x, double y, double weight, double[] sum) {
    if (x >= 0 && y >= 0 && x < source.width() && y < source.height()) {
      var at = 3 * (((int) y) * source.width() + (int) x);
      for (var c = 0; c < 3; c++) {
        sum[c] += weight * (source.rgb()[at + c] & 0xff);
      }
    }
  }
}
