package facet.nn;

import facet.nn.BatchNormalization.Trained;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The dimensions of a [MobileFaceNet].
///
/// @param name of the family member, such as `mobilefacenet`
/// @param depths blocks that keep the size, of each of the four stages
/// @param width channels of the first two stages; the last two have twice as many
/// @param expansion channels within the blocks of the first two stages; the third has twice as
///     many
/// @param size side of the square input in pixels
/// @param embedding length of the output
public record MobileFaceNetSpec(
    String name, List<Integer> depths, int width, int expansion, int size, int embedding)
    implements NetworkSpec {

  static final String VARIANT = "MOBILEFACENET";
  static final Map<String, MobileFaceNetSpec> PRESETS = presets();

  public MobileFaceNetSpec {
    depths = List.copyOf(depths);
    NetworkSpec.require(depths.size() == 4, "depths", depths, "4 stages");
    NetworkSpec.require(
        depths.stream().allMatch(d -> d >= 1 && d <= 1000),
        "depths",
        depths,
        "1 to 1000 blocks a stage");
    NetworkSpec.require(
        expansion >= 2 && expansion % 2 == 0 && expansion <= 4096,
        "expansion",
        expansion,
        "an even number, 2 to 4096");
    NetworkSpec.require(
        width >= 1 && width <= 4096 && (depths.getFirst() > 1 || width % (expansion / 2) == 0),
        "width",
        width,
        "1 to 4096, a multiple of " + expansion / 2);
    NetworkSpec.require(size >= 16 && size <= 1024, "size", size, "16 to 1024 pixels");
    NetworkSpec.require(embedding >= 1 && embedding <= 65536, "embedding", embedding, "1 to 65536");
  }

  private static Map<String, MobileFaceNetSpec> presets() {
    var presets = new LinkedHashMap<String, MobileFaceNetSpec>();
    preset(presets, "mobilefacenet", List.of(1, 4, 6, 2), 128);
    preset(presets, "mobilefacenet-large", List.of(2, 8, 12, 4), 256);
    return presets;
  }

  private static void preset(
      Map<String, MobileFaceNetSpec> presets, String name, List<Integer> depths, int width) {
    presets.put(name, new MobileFaceNetSpec(name, depths, width, 128, 112, 512));
  }

  @Override
  public String title() {
    return "insightface's MobileFaceNet";
  }

  @Override
  public double dropout() {
    return 0;
  }

  @Override
  public String firstLayer() {
    return "layers.0.layers.0";
  }

  @Override
  public MobileFaceNet build(Parameters parameters) {
    return new MobileFaceNet(parameters, this);
  }

  @Override
  public NetworkSpec with(
      List<Integer> newDepths, int newWidth, int newSize, int newEmbedding, double dropout) {
    NetworkSpec.require(dropout == 0, "dropout", dropout, "0: a MobileFaceNet has none");
    return new MobileFaceNetSpec(name, newDepths, newWidth, expansion, newSize, newEmbedding);
  }

  /// The side of the image that the last convolution sees whole: four layers halve it, rounding up.
  public int finalSide() {
    return (size + 15) / 16;
  }

  /// The number of channels before the linear layer.
  int last() {
    return 4 * expansion;
  }

  /// A convolution, its batch norm and, where it has one, its PReLU: `name.0`, `name.1`, `name.2`.
  ///
  /// @param groups 1 for one over all channels
  record Unit(
      String name,
      int in,
      int out,
      int kernel,
      int stride,
      int pad,
      int groups,
      boolean activated) {

    static Unit pointwise(String name, int in, int out, boolean activated) {
      return new Unit(name, in, out, 1, 1, 0, 1, activated);
    }

    static Unit grouped(String name, int channels, int groups, int stride) {
      return new Unit(name, channels, channels, 3, stride, 1, groups, true);
    }
  }

  /// An inverted bottleneck, or a unit alone.
  ///
  /// @param units one after the other
  /// @param residual whether what comes in is added to what comes out
  record Part(List<Unit> units, boolean residual) {
    static Part of(Unit unit) {
      return new Part(List.of(unit), false);
    }

    static Part bottleneck(String name, int in, int out, int inner, int stride, boolean residual) {
      var expand = Unit.pointwise(name + ".layers.0.layers", in, inner, true);
      var depthwise = Unit.grouped(name + ".layers.1.layers", inner, inner, stride);
      var project = Unit.pointwise(name + ".layers.2.layers", inner, out, false);
      return new Part(List.of(expand, depthwise, project), residual);
    }
  }

  /// All but the linear layer and its norm.
  List<Part> parts() {
    var parts = new ArrayList<Part>();
    parts.add(Part.of(new Unit("layers.0.layers", 3, width, 3, 2, 1, 1, true)));
    if (depths.getFirst() == 1) {
      parts.add(Part.of(Unit.grouped("layers.1.layers", width, expansion / 2, 1)));
    } else {
      addResidual(parts, 1, depths.getFirst(), width, expansion);
    }
    parts.add(Part.bottleneck("layers.2", width, width, expansion, 2, false));
    addResidual(parts, 3, depths.get(1), width, expansion);
    parts.add(Part.bottleneck("layers.4", width, 2 * width, 2 * expansion, 2, false));
    addResidual(parts, 5, depths.get(2), 2 * width, 2 * expansion);
    parts.add(Part.bottleneck("layers.6", 2 * width, 2 * width, 4 * expansion, 2, false));
    addResidual(parts, 7, depths.get(3), 2 * width, 2 * expansion);
    parts.add(Part.of(Unit.pointwise("conv_sep.layers", 2 * width, last(), true)));
    parts.add(
        Part.of(
            new Unit(
                "features.layers.0.layers", last(), last(), finalSide(), 1, 0, last(), false)));
    return parts;
  }

  private static void addResidual(List<Part> parts, int layer, int count, int channels, int inner) {
    for (var i = 0; i < count; i++) {
      var name = "layers." + layer + ".layers." + i;
      parts.add(Part.bottleneck(name, channels, channels, inner, 1, true));
    }
  }

  @Override
  public <T> T visit(LayerVisitor<T> visitor, T images) {
    var x = images;
    for (var part : parts()) {
      var y = x;
      for (var unit : part.units()) {
        y = visit(visitor, unit, y);
      }
      x = part.residual() ? visitor.add(y, x) : y;
    }
    x = visitor.linear("features.layers.2", last(), embedding, false, x);
    return visitor.norm("features.layers.3", embedding, Trained.FULL, x);
  }

  private static <T> T visit(LayerVisitor<T> visitor, Unit u, T x) {
    var y =
        u.groups() == 1
            ? visitor.convolution(u.name() + ".0", u.in(), u.out(), u.kernel(), u.stride(), x)
            : visitor.groupedConvolution(
                u.name() + ".0", u.out(), u.groups(), u.kernel(), u.stride(), u.pad(), x);
    y = visitor.norm(u.name() + ".1", u.out(), Trained.FULL, y);
    return u.activated() ? visitor.prelu(u.name() + ".2", u.out(), y) : y;
  }

  @Override
  public Map<String, String> toMetadata() {
    var text = new LinkedHashMap<String, String>();
    text.put("model", name);
    text.put("variant", VARIANT);
    text.put("depths", SpecText.join(depths));
    text.put("width", Integer.toString(width));
    text.put("expansion", Integer.toString(expansion));
    text.put("size", Integer.toString(size));
    text.put("embedding", Integer.toString(embedding));
    return text;
  }

  static MobileFaceNetSpec fromMetadata(Map<String, String> metadata) {
    var text = new SpecText(metadata);
    return new MobileFaceNetSpec(
        text.field("model"),
        text.integers("depths"),
        text.integer("width"),
        text.integer("expansion"),
        text.integer("size"),
        text.integer("embedding"));
  }

  /// The preset of these dimensions, else these dimensions under the family's name.
  static MobileFaceNetSpec known(
      List<Integer> depths, int width, int expansion, int size, int embedding) {
    for (var preset : PRESETS.values()) {
      var same = new MobileFaceNetSpec(preset.name(), depths, width, expansion, size, embedding);
      if (same.equals(preset)) {
        return same;
      }
    }
    return new MobileFaceNetSpec("mobilefacenet", depths, width, expansion, size, embedding);
  }
}
