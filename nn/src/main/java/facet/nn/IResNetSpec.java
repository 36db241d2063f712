package facet.nn;

import facet.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The dimensions of an [IResNet].
///
/// @param name of the family member, `iresnet18` .. `iresnet200` or `iresnet-tiny`
/// @param depths blocks of each stage
/// @param width channels of the first stage; each next one has twice as many
/// @param size side of the square input in pixels
/// @param embedding length of the output
/// @param dropout rate before the last linear layer
public record IResNetSpec(
    String name, List<Integer> depths, int width, int size, int embedding, double dropout) {

  private static final Map<String, IResNetSpec> PRESETS = presets();

  public IResNetSpec {
    depths = List.copyOf(depths);
    require(!depths.isEmpty() && depths.size() <= 6, "depths", depths, "1 to 6 stages");
    require(
        depths.stream().allMatch(d -> d >= 1 && d <= 1000),
        "depths",
        depths,
        "1 to 1000 blocks a stage");
    require(width >= 1 && width <= 4096, "width", width, "1 to 4096");
    require(size >= 8 && size <= 1024, "size", size, "8 to 1024 pixels");
    require(embedding >= 1 && embedding <= 65536, "embedding", embedding, "1 to 65536");
    require(dropout >= 0 && dropout < 1, "dropout", dropout, "in [0, 1)");
  }

  private static void require(boolean holds, String field, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "network: %s is %s, expected %s", field, value, expected));
    }
  }

  private static Map<String, IResNetSpec> presets() {
    var presets = new LinkedHashMap<String, IResNetSpec>();
    presets.put(
        "iresnet-tiny", new IResNetSpec("iresnet-tiny", List.of(1, 2, 2, 2), 32, 56, 256, 0.3));
    standard(presets, "iresnet18", 2, 2, 2, 2);
    standard(presets, "iresnet34", 3, 4, 6, 3);
    standard(presets, "iresnet50", 3, 4, 14, 3);
    standard(presets, "iresnet100", 3, 13, 30, 3);
    standard(presets, "iresnet200", 6, 26, 60, 6);
    return presets;
  }

  private static void standard(Map<String, IResNetSpec> presets, String name, Integer... depths) {
    presets.put(name, new IResNetSpec(name, List.of(depths), 64, 112, 512, 0));
  }

  /// The names [#named] knows.
  public static List<String> names() {
    return List.copyOf(PRESETS.keySet());
  }

  /// The family member `name`, null if there is none.
  public static @Nullable IResNetSpec named(String name) {
    return PRESETS.get(name);
  }

  /// The side of the image that reaches the last linear layer: every stage halves it, rounding up.
  public int finalSide() {
    var side = size;
    for (var i = 0; i < depths.size(); i++) {
      side = (side + 1) / 2;
    }
    return side;
  }

  /// The shapes, as a file has them, of the weights from which all others of the network follow: of
  /// the first convolution, of each block's first one and of the last layer, by name.
  public Map<String, Shape> outline() {
    var outline = new LinkedHashMap<String, Shape>();
    outline.put("conv1.weight", Shape.of(width, 3, 3, 3));
    var in = width;
    for (var stage = 0; stage < depths.size(); stage++) {
      var out = width << stage;
      for (var block = 0; block < depths.get(stage); block++) {
        outline.put(
            String.format(Locale.ROOT, "layer%d.%d.conv1.weight", stage + 1, block),
            Shape.of(out, in, 3, 3));
        in = out;
      }
    }
    outline.put("fc.weight", Shape.of(embedding, finalSide() * finalSide() * in));
    return outline;
  }

  /// How convolutions start: N(0, 0.1) in insightface's networks, Kaiming's in the small ones,
  /// which train from scratch with a high rate.
  Initializer initializer() {
    return name.equals("iresnet-tiny") ? Initializer.kaimingFanOut() : Initializer.normal(0.1);
  }

  /// As text by field, for a checkpoint's header.
  public Map<String, String> toMetadata() {
    var text = new LinkedHashMap<String, String>();
    text.put("model", name);
    text.put("depths", String.join(",", depths.stream().map(String::valueOf).toList()));
    text.put("width", Integer.toString(width));
    text.put("size", Integer.toString(size));
    text.put("embedding", Integer.toString(embedding));
    text.put("dropout", Double.toString(dropout));
    return text;
  }

  /// The inverse of [#toMetadata].
  ///
  /// @throws IllegalArgumentException naming the field that is missing or wrong
  public static IResNetSpec fromMetadata(Map<String, String> text) {
    var depths = new ArrayList<Integer>();
    for (var depth : field(text, "depths").split(",")) {
      depths.add(integer("depths", depth));
    }
    return new IResNetSpec(
        field(text, "model"),
        depths,
        integer("width", field(text, "width")),
        integer("size", field(text, "size")),
        integer("embedding", field(text, "embedding")),
        Double.parseDouble(field(text, "dropout")));
  }

  private static String field(Map<String, String> text, String key) {
    var value = text.get(key);
    if (value == null) {
      throw new IllegalArgumentException("network: the field '" + key + "' is missing");
    }
    return value;
  }

  private static int integer(String key, String value) {
    try {
      return Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "network: " + key + " is '" + value + "', expected a whole number", e);
    }
  }
}
