package facet.train.data.batch;

import static facet.train.error.Printable.format;

import facet.train.data.RandomStream;
import facet.train.data.image.Resampler;
import facet.train.error.FacetException;
import java.util.Arrays;

/// Random variations of a training image. Each is off at 0.
///
/// @param flip probability of a mirror image
/// @param shift greatest translation in pixels, along each axis; the border pixels are repeated
/// @param brightness greatest change of all values, as a share of the whole range
/// @param contrast greatest relative change of the distance from mid-grey
/// @param lowResolution probability of shrinking the image and enlarging it back
/// @param minPixels side of the smallest image it is shrunk to
/// @param erase probability of covering a rectangle of a tenth to a third of each side with
/// mid-grey
public record Augmentation(
    double flip,
    int shift,
    double brightness,
    double contrast,
    double lowResolution,
    int minPixels,
    double erase) {
  /// The image as it is: for evaluation.
  public static final Augmentation NONE = new Augmentation(0, 0, 0, 0, 0, 0, 0);

  /// Mirror images only, the usual choice for aligned faces.
  public static final Augmentation FLIP = new Augmentation(0.5, 0, 0, 0, 0, 0, 0);

  /// Which number of the image's random stream decides what.
  private enum Draw {
    FLIP,
    SHIFT_X,
    SHIFT_Y,
    BRIGHTNESS,
    CONTRAST,
    LOW_RESOLUTION,
    PIXELS,
    ERASE,
    ERASE_WIDTH,
    ERASE_HEIGHT,
    ERASE_X,
    ERASE_Y
  }

  public Augmentation {
    requireProbability("flip", flip);
    requireProbability("brightness", brightness);
    requireProbability("contrast", contrast);
    requireProbability("lowResolution", lowResolution);
    requireProbability("erase", erase);
    if (shift < 0 || minPixels < 0 || (lowResolution > 0 && minPixels < 1)) {
      throw FacetException.usage(
          format(
                  "augmentation: shift %d must not be negative, and minPixels %d must be positive",
                  shift, minPixels)
              + " where lowResolution is used.");
    }
  }

  private static void requireProbability(String field, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw FacetException.usage("augmentation: " + field + " " + value + " must be in 0..1.");
    }
  }

  /// Writes a variation of the image into `batch` from `offset` on, as `[size, size, 3]` values in
  /// `[-1, 1]`. A pure function of its arguments, except that `rgb` may be overwritten; `random` is
  /// the stream of this image at this place in training.
  public void apply(byte[] rgb, int size, RandomStream random, float[] batch, int offset) {
    if (happens(lowResolution, random, Draw.LOW_RESOLUTION) && minPixels < size) {
      int pixels = minPixels + random.below(Draw.PIXELS.ordinal(), size - minPixels);
      Resampler.lowerResolution(rgb, size, pixels);
    }
    boolean mirror = happens(flip, random, Draw.FLIP);
    int dx = random.below(Draw.SHIFT_X.ordinal(), 2 * shift + 1) - shift;
    int dy = random.below(Draw.SHIFT_Y.ordinal(), 2 * shift + 1) - shift;
    double gain = 1 + random.uniform(Draw.CONTRAST.ordinal(), -contrast, contrast);
    double bias = 2 * random.uniform(Draw.BRIGHTNESS.ordinal(), -brightness, brightness);
    write(rgb, size, mirror, dx, dy, values(gain, bias), batch, offset);
    if (happens(erase, random, Draw.ERASE)) {
      eraseRectangle(size, random, batch, offset);
    }
  }

  /// Writes the image unchanged, or its mirror image, as `[size, size, 3]` values in `[-1, 1]`.
  public static void normalise(byte[] rgb, int size, boolean mirror, float[] batch, int offset) {
    write(rgb, size, mirror, 0, 0, values(1, 0), batch, offset);
  }

  private static boolean happens(double probability, RandomStream random, Draw draw) {
    return random.uniform(draw.ordinal()) < probability;
  }

  /// What each byte becomes: `gain · (x/255 − 0.5)/0.5 + bias`, within `[-1, 1]`.
  private static float[] values(double gain, double bias) {
    var values = new float[256];
    for (int x = 0; x < 256; x++) {
      values[x] = (float) Math.clamp(gain * ((x / 255.0 - 0.5) / 0.5) + bias, -1, 1);
    }
    return values;
  }

  private static void write(
      byte[] rgb,
      int size,
      boolean mirror,
      int dx,
      int dy,
      float[] values,
      float[] batch,
      int offset) {
    int to = offset;
    for (int y = 0; y < size; y++) {
      int row = Math.clamp(y + dy, 0, size - 1) * size;
      for (int x = 0; x < size; x++) {
        int column = Math.clamp((mirror ? size - 1 - x : x) + dx, 0, size - 1);
        int from = 3 * (row + column);
        batch[to++] = values[rgb[from] & 0xff];
        batch[to++] = values[rgb[from + 1] & 0xff];
        batch[to++] = values[rgb[from + 2] & 0xff];
      }
    }
  }

  private static void eraseRectangle(int size, RandomStream random, float[] batch, int offset) {
    int width = side(size, random, Draw.ERASE_WIDTH);
    int height = side(size, random, Draw.ERASE_HEIGHT);
    int left = random.below(Draw.ERASE_X.ordinal(), size - width + 1);
    int top = random.below(Draw.ERASE_Y.ordinal(), size - height + 1);
    for (int y = top; y < top + height; y++) {
      int from = offset + 3 * (y * size + left);
      Arrays.fill(batch, from, from + 3 * width, 0);
    }
  }

  private static int side(int size, RandomStream random, Draw draw) {
    return Math.max(1, (int) (size * random.uniform(draw.ordinal(), 0.1, 1 / 3.0)));
  }
}
