package facet.train.data.synthetic;

/// From linear light to bytes: averaging of sub-pixels, loss of resolution, sensor noise, gamma.
final class Camera {
  private Camera() {}

  /// Means over `factor × factor` blocks of an image of side `size · factor`.
  static float[] average(float[] light, int size, int factor) {
    float[] out = new float[size * size * 3];
    int wide = size * factor;
    for (int y = 0; y < wide; y++) {
      for (int x = 0; x < wide; x++) {
        int to = 3 * (y / factor * size + x / factor);
        int from = 3 * (y * wide + x);
        for (int c = 0; c < 3; c++) {
          out[to + c] += Math.min(light[from + c], 1f) / (factor * factor);
        }
      }
    }
    return out;
  }

  /// Area average onto a grid of side `to`: what a sensor with fewer pixels would have seen.
  static float[] shrink(float[] image, int from, int to) {
    float[] out = new float[to * to * 3];
    double step = (double) from / to;
    for (int y = 0; y < to; y++) {
      for (int x = 0; x < to; x++) {
        for (int sy = (int) (y * step); sy < Math.min(from, (y + 1) * step); sy++) {
          double wy = Math.min(sy + 1, (y + 1) * step) - Math.max(sy, y * step);
          for (int sx = (int) (x * step); sx < Math.min(from, (x + 1) * step); sx++) {
            double wx = Math.min(sx + 1, (x + 1) * step) - Math.max(sx, x * step);
            float weight = (float) (wx * wy / (step * step));
            for (int c = 0; c < 3; c++) {
              out[3 * (y * to + x) + c] += weight * image[3 * (sy * from + sx) + c];
            }
          }
        }
      }
    }
    return out;
  }

  /// Bilinear enlargement, pixel centres aligned.
  static float[] enlarge(float[] image, int from, int to) {
    float[] out = new float[to * to * 3];
    for (int y = 0; y < to; y++) {
      double fy = Math.max(0, (y + .5) * from / to - .5);
      int y0 = Math.min((int) fy, from - 1);
      int y1 = Math.min(y0 + 1, from - 1);
      for (int x = 0; x < to; x++) {
        double fx = Math.max(0, (x + .5) * from / to - .5);
        int x0 = Math.min((int) fx, from - 1);
        int x1 = Math.min(x0 + 1, from - 1);
        for (int c = 0; c < 3; c++) {
          double top =
              Shaping.mix(
                  image[3 * (y0 * from + x0) + c], image[3 * (y0 * from + x1) + c], fx - x0);
          double bottom =
              Shaping.mix(
                  image[3 * (y1 * from + x0) + c], image[3 * (y1 * from + x1) + c], fx - x0);
          out[3 * (y * to + x) + c] = (float) Shaping.mix(top, bottom, fy - y0);
        }
      }
    }
    return out;
  }

  /// Linear light to display values (their square root) plus sensor noise.
  static void develop(float[] image, double noise, Draws random) {
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) (Math.sqrt(image[i]) + noise * random.normal());
    }
  }

  static void quantise(float[] image, byte[] rgb) {
    for (int i = 0; i < image.length; i++) {
      rgb[i] = (byte) (int) (255 * Shaping.clamp(image[i]) + .5);
    }
  }
}
