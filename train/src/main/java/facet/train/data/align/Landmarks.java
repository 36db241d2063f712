package facet.train.data.align;

import static facet.train.error.Printable.format;

import facet.train.data.align.SimilarityTransform.Point;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the parts of a face are in an image: at least three of five.
public record Landmarks(Map<Part, Point> points) {
  /// A part of the face and its place in insightface's template of 112 x 112 pixels. Left is left
  /// in the image.
  public enum Part {
    LEFT_EYE(38.2946, 51.6963),
    RIGHT_EYE(73.5318, 51.5014),
    NOSE(56.0252, 71.7366),
    LEFT_MOUTH(41.5493, 92.3655),
    RIGHT_MOUTH(70.7299, 92.2041);

    private final double x;
    private final double y;

    Part(double x, double y) {
      this.x = x;
      this.y = y;
    }

    /// The column's name without `_x` or `_y`: `left_eye`.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The least number of points that one wrong one does not decide.
  public static final int LEAST = 3;

  static final int TEMPLATE_SIZE = 112;

  /// So far beyond an edge, as a share of the longer side, a detector may put what is cut off.
  private static final double MARGIN = 0.1;

  /// A face of 11 pixels becomes one of 112.
  private static final double MAX_SCALE = 10;

  public Landmarks {
    points = new EnumMap<>(points);
    if (points.size() < LEAST) {
      throw new IllegalArgumentException(points.size() + " points, at least " + LEAST + " needed");
    }
  }

  /// The transform from the image to the template of `size x size` pixels.
  public SimilarityTransform toTemplate(int size) {
    return SimilarityTransform.fit(List.copyOf(points.values()), template(size));
  }

  /// How far the points are from the template after alignment, in pixels of 112.
  public double residual() {
    return toTemplate(TEMPLATE_SIZE)
        .residual(List.copyOf(points.values()), template(TEMPLATE_SIZE));
  }

  /// How many of them lie clearly outside of an image of this size.
  int outside(int width, int height) {
    var beyond = MARGIN * Math.max(width, height);
    return (int)
        points.values().stream()
            .filter(
                p ->
                    Math.min(p.x(), p.y()) < -beyond
                        || p.x() > width + beyond
                        || p.y() > height + beyond)
            .count();
  }

  /// Why they can hardly belong to an image of this size, null if they can.
  @Nullable String misfit(int width, int height) {
    var outside = outside(width, height);
    if (outside > 0) {
      return format(
          "%d of its points lie outside of its %d x %d pixels; are they of another image or size?",
          outside, width, height);
    }
    var scale = toTemplate(TEMPLATE_SIZE).scale();
    return scale > MAX_SCALE
        ? format("the face had to be enlarged %.0f times; are its points given in pixels?", scale)
        : null;
  }

  private List<Point> template(int size) {
    var ratio = size / (double) TEMPLATE_SIZE;
    return points.keySet().stream().map(part -> new Point(part.x * ratio, part.y * ratio)).toList();
  }
}
