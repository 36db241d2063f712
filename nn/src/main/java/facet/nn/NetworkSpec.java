package facet.nn;

import facet.nn.io.WeightFile;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The dimensions of a network that turns images of faces into embeddings, without its weights.
public sealed interface NetworkSpec permits IResNetSpec, MobileFaceNetSpec {
  /// Of the family member, such as `iresnet50`.
  String name();

  /// Whose network it is, as the field calls it.
  String title();

  /// Blocks of each stage.
  List<Integer> depths();

  /// Channels of the first layer.
  int width();

  /// Side of the square input in pixels.
  int size();

  /// Length of the output.
  int embedding();

  /// The rate before the last linear layer; 0 in a network that has none.
  double dropout();

  /// The name of the convolution that takes the images.
  String firstLayer();

  /// Shows `visitor` all layers, from the images to the embeddings.
  ///
  /// @param <T> what stands for an intermediate result
  <T> T visit(LayerVisitor<T> visitor, T images);

  /// The network, its parameters added to `parameters`.
  Network build(Parameters parameters);

  /// The same network of other dimensions.
  ///
  /// @throws IllegalArgumentException naming the dimension that this kind of network cannot have
  NetworkSpec with(List<Integer> depths, int width, int size, int embedding, double dropout);

  /// As text by field, for a checkpoint's header.
  Map<String, String> toMetadata();

  /// The names [#named] knows.
  static List<String> names() {
    return Stream.concat(
            IResNetSpec.PRESETS.keySet().stream(), MobileFaceNetSpec.PRESETS.keySet().stream())
        .toList();
  }

  /// The family member `name`, null if there is none.
  static @Nullable NetworkSpec named(String name) {
    NetworkSpec found = IResNetSpec.PRESETS.get(name);
    return found == null ? MobileFaceNetSpec.PRESETS.get(name) : found;
  }

  /// The inverse of [#toMetadata].
  ///
  /// @throws IllegalArgumentException naming the field that is missing or wrong
  static NetworkSpec fromMetadata(Map<String, String> text) {
    return MobileFaceNetSpec.VARIANT.equals(text.get("variant"))
        ? MobileFaceNetSpec.fromMetadata(text)
        : IResNetSpec.fromMetadata(text);
  }

  /// Whether a header has the dimensions of a network, which is then one of Facet's own files.
  static boolean isIn(WeightFile file) {
    return file.metadata().containsKey("depths");
  }

  /// Refuses a dimension that does not hold what is expected of it.
  static void require(boolean holds, String field, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "network: %s is %s, expected %s", field, value, expected));
    }
  }
}
