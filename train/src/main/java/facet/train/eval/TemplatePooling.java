package facet.train.eval;

import java.util.Arrays;

/// Sets of images of one person (IJB's templates) as one embedding each: images are weighted by
/// their detector's score, averaged over each medium (a photo or the frames of one video), summed
/// over the media, and the sum is normalised. The lengths of the images' embeddings are kept: a
/// short one, of a poor image, counts less.
public final class TemplatePooling {
  private TemplatePooling() {}

  /// @param features of the images, `[images, dim]`, not normalised (with the flip test: the sum)
  /// @param weight of each image, 1 for all if its detector's score is not known
  /// @param template of each image, numbered from 0
  /// @param medium of each image
  /// @return a normalised embedding per template; that of a number without images is 0
  public static Embeddings pool(
      float[] features, int dim, float[] weight, int[] template, int[] medium) {
    var templates = Arrays.stream(template).max().orElse(-1) + 1;
    var order = sorted(template, medium);
    var pooled = new double[templates * dim];
    for (var from = 0; from < order.length; ) {
      var to = from;
      while (to < order.length
          && template[order[to]] == template[order[from]]
          && medium[order[to]] == medium[order[from]]) {
        to++;
      }
      for (var i = from; i < to; i++) {
        for (var k = 0; k < dim; k++) {
          pooled[template[order[i]] * dim + k] +=
              (double) features[order[i] * dim + k] * weight[order[i]] / (to - from);
        }
      }
      from = to;
    }
    return Embeddings.normalized(pooled, dim);
  }

  /// The images in order of template, medium, number.
  private static int[] sorted(int[] template, int[] medium) {
    var keys = new Integer[template.length];
    Arrays.setAll(keys, i -> i);
    Arrays.sort(
        keys,
        (a, b) ->
            template[a] != template[b]
                ? Integer.compare(template[a], template[b])
                : Integer.compare(medium[a], medium[b]));
    return Arrays.stream(keys).mapToInt(Integer::intValue).toArray();
  }
}
