package facet.train.data;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.util.Arrays;
import java.util.Optional;

/// Looks at the sizes of some images before training: a set that is not aligned, the field's most
/// frequent mistake, mostly shows in them.
public final class SizeCheck {
  private static final int SAMPLES = 48;

  /// The side of the field's aligned faces.
  private static final int ALIGNED = 112;

  /// Aligned faces come up to this size, photographs are larger.
  private static final int MAX_ALIGNED = 224;

  private static final double MAX_ASPECT = 1.05;

  private SizeCheck() {}

  /// A warning if the images are not of the size that a network of `size` pixels expects.
  public static Optional<String> warning(FaceDataset data, int size) {
    if (!(data instanceof ImageSource source) || data.size() == 0) {
      return Optional.empty();
    }
    var count = Math.min(SAMPLES, data.size());
    var widths = new double[count];
    var heights = new double[count];
    var stretched = 0;
    for (var i = 0; i < count; i++) {
      try {
        var image = source.image((int) ((long) i * data.size() / count));
        widths[i] = image.width();
        heights[i] = image.height();
        var aspect = widths[i] / heights[i];
        stretched += Math.max(aspect, 1 / aspect) > MAX_ASPECT ? 1 : 0;
      } catch (FacetException e) {
        widths[i] = heights[i] = size; // the scan of all images reports broken ones
      }
    }
    Arrays.sort(widths);
    Arrays.sort(heights);
    var width = (int) widths[count / 2];
    var height = (int) heights[count / 2];
    var side = Math.min(width, height);
    if (side > MAX_ALIGNED) {
      return warn(width, height, "these look like photographs, not like aligned faces");
    }
    if (stretched > count / 10) {
      return warn(width, height, "they are not square and will be stretched");
    }
    if (side < Math.min(size, ALIGNED) / 2) {
      return warn(width, height, format("they are enlarged to %d x %d", size, size));
    }
    return widths[count - 1] > 2 * widths[0]
        ? warn(
            width,
            height,
            format("they range from %.0f to %.0f in width", widths[0], widths[count - 1]))
        : Optional.empty();
  }

  private static Optional<String> warn(int width, int height, String problem) {
    return Optional.of(
        format(
            "Warning: the images are mostly %d x %d; %s. Faces should be aligned to %d x %d: see"
                + " 'facet align'.",
            width, height, problem, ALIGNED, ALIGNED));
  }
}
