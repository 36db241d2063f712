package facet.train.data.align;

import facet.train.data.image.RgbImage;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How an aligned face is cut out of an image.
public enum Warp {
  /// A pixel is the mean of what it covers of the source: see [AveragingWarp].
  AVERAGE,
  /// The pixels that OpenCV's `warpAffine` gives, as insightface aligns: see [OpenCvWarp].
  OPENCV;

  /// The aligned face; black where it reaches beyond the image.
  ///
  /// @param transform from the source to the result
  /// @param size side of the result in pixels
  public RgbImage apply(RgbImage source, SimilarityTransform transform, int size) {
    return switch (this) {
      case AVERAGE -> AveragingWarp.apply(source, transform, size);
      case OPENCV -> OpenCvWarp.apply(source, transform, size);
    };
  }

  /// In options.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The one that an option names, null if it names none.
  public static @Nullable Warp named(String name) {
    return Stream.of(values()).filter(w -> w.toString().equals(name)).findFirst().orElse(null);
  }

  /// For messages: `average or opencv`.
  public static String names() {
    return Stream.of(values()).map(Warp::toString).collect(Collectors.joining(" or "));
  }
}
