package facet.train.data.image;

import java.util.Arrays;

/// Resizes RGB images with a triangle filter: bilinear interpolation when enlarging, and when
/// shrinking the triangle is widened by the scale, so that every source pixel counts and nothing
/// aliases.
///
/// Plain single-precision loops in a fixed order: the result is the same on every machine.
public final class Resampler {
  private Resampler() {}

  /// For each target coordinate along one axis, the source coordinates it mixes and their weights.
  private static final class Axis {
    final int[] first;
    final float[][] weights;

    Axis(int from, int to) {
      first = new int[to];
      weights = new float[to][];
      double scale = (double) from / to;
      double support = Math.max(1, scale);
      for (int i = 0; i < to; i++) {
        double center = (i + 0.5) * scale;
        int low = Math.max(0, (int) Math.floor(center - support));
        int high = Math.min(from, (int) Math.ceil(center + support));
        first[i] = low;
        weights[i] = new float[high - low];
        double sum = 0;
        for (int j = low; j < high; j++) {
          sum += triangle((j + 0.5 - center) / support);
        }
        for (int j = low; j < high; j++) {
          weights[i][j - low] = (float) (triangle((j + 0.5 - center) / support) / sum);
        }
      }
    }

    private static double triangle(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  }

  /// `source [height, width, 3]` to `target [newHeight, newWidth, 3]`, which may be longer.
  public static void resize(
      byte[] source, int width, int height, byte[] target, int newWidth, int newHeight) {
    if (width == newWidth && height == newHeight) {
      System.arraycopy(source, 0, target, 0, 3 * width * height);
      return;
    }
    float[] narrow = resizeRows(source, width, height, newWidth); // [height, newWidth, 3]
    var axis = new Axis(height, newHeight);
    int stride = 3 * newWidth;
    var row = new float[stride];
    for (int y = 0; y < newHeight; y++) {
      Arrays.fill(row, 0.5f); // rounds to nearest when truncated below
      float[] weights = axis.weights[y];
      for (int k = 0; k < weights.length; k++) {
        int from = (axis.first[y] + k) * stride;
        for (int x = 0; x < stride; x++) {
          row[x] += weights[k] * narrow[from + x];
        }
      }
      for (int x = 0; x < stride; x++) {
        target[y * stride + x] = (byte) Math.clamp((int) row[x], 0, 255);
      }
    }
  }

  /// Shrinks the square image to `pixels x pixels` and enlarges it back, in place: what a camera
  /// that far away would have seen. No change if it has no more pixels than that.
  public static void lowerResolution(byte[] rgb, int size, int pixels) {
    if (pixels >= size) {
      return;
    }
    var small = new byte[3 * pixels * pixels];
    resize(rgb, size, size, small, pixels, pixels);
    resize(small, pixels, pixels, rgb, size, size);
  }

  private static float[] resizeRows(byte[] source, int width, int height, int newWidth) {
    var axis = new Axis(width, newWidth);
    var out = new float[height * newWidth * 3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < newWidth; x++) {
        float[] weights = axis.weights[x];
        int from = 3 * (y * width + axis.first[x]);
        float red = 0;
        float green = 0;
        float blue = 0;
        for (int k = 0; k < weights.length; k++, from += 3) {
          red += weights[k] * (source[from] & 0xff);
          green += weights[k] * (source[from + 1] & 0xff);
          blue += weights[k] * (source[from + 2] & 0xff);
        }
        int to = 3 * (y * newWidth + x);
        out[to] = red;
        out[to + 1] = green;
        out[to + 2] = blue;
      }
    }
    return out;
  }
}
