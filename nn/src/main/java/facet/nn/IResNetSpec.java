package facet.nn;

import facet.nn.BatchNormalization.Trained;
import facet.nn.IResNetVariant.BlockNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The dimensions of an [IResNet].
///
/// @param name of the family member, such as `iresnet50`
/// @param variant how it is built and named
/// @param depths blocks of each stage
/// @param width channels of the first stage; each next one has twice as many
/// @param size side of the square input in pixels
/// @param embedding length of the output
/// @param dropout rate before the last linear layer
public record IResNetSpec(
    String name,
    IResNetVariant variant,
    List<Integer> depths,
    int width,
    int size,
    int embedding,
    double dropout)
    implements NetworkSpec {

  static final Map<String, IResNetSpec> PRESETS = presets();

  public IResNetSpec {
    depths = List.copyOf(depths);
    NetworkSpec.require(!depths.isEmpty() && depths.size() <= 6, "depths", depths, "1 to 6 stages");
    NetworkSpec.require(
        depths.stream().allMatch(d -> d >= 1 && d <= 1000),
        "depths",
        depths,
        "1 to 1000 blocks a stage");
    NetworkSpec.require(width >= 1 && width <= 4096, "width", width, "1 to 4096");
    NetworkSpec.require(size >= 8 && size <= 1024, "size", size, "8 to 1024 pixels");
    NetworkSpec.require(embedding >= 1 && embedding <= 65536, "embedding", embedding, "1 to 65536");
    NetworkSpec.require(dropout >= 0 && dropout < 1, "dropout", dropout, "in [0, 1)");
  }

  /// A network as insightface builds it.
  public IResNetSpec(
      String name, List<Integer> depths, int width, int size, int embedding, double dropout) {
    this(name, IResNetVariant.INSIGHTFACE, depths, width, size, embedding, dropout);
  }

  private static Map<String, IResNetSpec> presets() {
    var presets = new LinkedHashMap<String, IResNetSpec>();
    presets.put(
        "iresnet-tiny", new IResNetSpec("iresnet-tiny", List.of(1, 2, 2, 2), 32, 56, 256, 0.3));
    standard(presets, "iresnet18", IResNetVariant.INSIGHTFACE, 2, 2, 2, 2);
    standard(presets, "iresnet34", IResNetVariant.INSIGHTFACE, 3, 4, 6, 3);
    standard(presets, "iresnet50", IResNetVariant.INSIGHTFACE, 3, 4, 14, 3);
    standard(presets, "iresnet100", IResNetVariant.INSIGHTFACE, 3, 13, 30, 3);
    standard(presets, "iresnet200", IResNetVariant.INSIGHTFACE, 6, 26, 60, 6);
    standard(presets, "ir18", IResNetVariant.IR, 2, 2, 2, 2);
    standard(presets, "ir34", IResNetVariant.IR, 3, 4, 6, 3);
    standard(presets, "ir50", IResNetVariant.IR, 3, 4, 14, 3);
    standard(presets, "ir101", IResNetVariant.IR, 3, 13, 30, 3);
    standard(presets, "irse50", IResNetVariant.EARLY_IR_SE, 3, 4, 14, 3);
    standard(presets, "irse101", IResNetVariant.EARLY_IR_SE, 3, 13, 30, 3);
    return presets;
  }

  private static void standard(
      Map<String, IResNetSpec> presets, String name, IResNetVariant variant, Integer... depths) {
    presets.put(
        name, new IResNetSpec(name, variant, List.of(depths), 64, 112, 512, variant.dropout()));
  }

  @Override
  public String title() {
    return variant.title();
  }

  @Override
  public String firstLayer() {
    return variant.names().conv();
  }

  @Override
  public IResNet build(Parameters parameters) {
    return new IResNet(parameters, this);
  }

  @Override
  public NetworkSpec with(
      List<Integer> newDepths, int newWidth, int newSize, int newEmbedding, double newDropout) {
    return new IResNetSpec(name, variant, newDepths, newWidth, newSize, newEmbedding, newDropout);
  }

  /// The side of the image that reaches the last linear layer: every stage halves it, rounding up.
  public int finalSide() {
    var side = size;
    for (var i = 0; i < depths.size(); i++) {
      side = (side + 1) / 2;
    }
    return side;
  }

  /// How convolutions start: N(0, 0.1) in insightface's networks, Kaiming's in the others and in
  /// the small ones, which train from scratch with a high rate.
  Initializer initializer() {
    return name.equals("iresnet-tiny") || variant != IResNetVariant.INSIGHTFACE
        ? Initializer.kaimingFanOut()
        : Initializer.normal(0.1);
  }

  @Override
  public <T> T visit(LayerVisitor<T> visitor, T images) {
    var names = variant.names();
    var x = visitor.convolution(names.conv(), 3, width, 3, 1, images);
    x = visitor.prelu(names.prelu(), width, visitor.norm(names.norm(), width, Trained.FULL, x));
    var in = width;
    var number = 0;
    for (var stage = 0; stage < depths.size(); stage++) {
      var out = width << stage;
      for (var i = 0; i < depths.get(stage); i++) {
        x = visitBlock(visitor, variant.block(stage, i, number++), in, out, i == 0 ? 2 : 1, x);
        in = out;
      }
    }
    x = visitor.norm(names.lastNorm(), in, Trained.FULL, x);
    var side = finalSide();
    x = visitor.linear(names.fc(), side * side * in, embedding, true, x);
    return visitor.norm(names.features(), embedding, variant.lastNorm(), x);
  }

  /// Layers come in the order of the names in a file of this variant's.
  private <T> T visitBlock(
      LayerVisitor<T> visitor, String block, int in, int out, int stride, T x) {
    var names = variant.names(block);
    if (variant == IResNetVariant.INSIGHTFACE) {
      var residual = visitResidual(visitor, names, in, out, stride, x);
      return visitor.add(residual, visitShortcut(visitor, names, in, out, stride, x));
    }
    var shortcut = visitShortcut(visitor, names, in, out, stride, x);
    return visitor.add(visitResidual(visitor, names, in, out, stride, x), shortcut);
  }

  private <T> T visitResidual(
      LayerVisitor<T> visitor, BlockNames names, int in, int out, int stride, T x) {
    var h = visitor.norm(names.norm1(), in, Trained.FULL, x);
    h = visitor.convolution(names.conv1(), in, out, 3, 1, h);
    h = names.norm2() == null ? h : visitor.norm(names.norm2(), out, Trained.FULL, h);
    h = visitor.prelu(names.prelu(), out, h);
    h = visitor.convolution(names.conv2(), out, out, 3, stride, h);
    h = visitor.norm(names.norm3(), out, Trained.FULL, h);
    return names.squeeze() == null ? h : SqueezeExcitation.visit(visitor, names.squeeze(), out, h);
  }

  private <T> T visitShortcut(
      LayerVisitor<T> visitor, BlockNames names, int in, int out, int stride, T x) {
    if (stride == 1 && in == out) {
      return x;
    }
    if (variant.subsamples() && in == out) {
      return visitor.subsample(stride, x);
    }
    var projected = visitor.convolution(names.shortcut(), in, out, 1, stride, x);
    return visitor.norm(names.shortcutNorm(), out, Trained.FULL, projected);
  }

  @Override
  public Map<String, String> toMetadata() {
    var text = new LinkedHashMap<String, String>();
    text.put("model", name);
    if (variant != IResNetVariant.INSIGHTFACE) {
      text.put("variant", variant.name());
    }
    text.put("depths", SpecText.join(depths));
    text.put("width", Integer.toString(width));
    text.put("size", Integer.toString(size));
    text.put("embedding", Integer.toString(embedding));
    text.put("dropout", Double.toString(dropout));
    return text;
  }

  static IResNetSpec fromMetadata(Map<String, String> metadata) {
    var text = new SpecText(metadata);
    return new IResNetSpec(
        text.field("model"),
        variant(metadata.getOrDefault("variant", IResNetVariant.INSIGHTFACE.name())),
        text.integers("depths"),
        text.integer("width"),
        text.integer("size"),
        text.integer("embedding"),
        Double.parseDouble(text.field("dropout")));
  }

  private static IResNetVariant variant(String name) {
    for (var variant : IResNetVariant.values()) {
      if (variant.name().equals(name)) {
        return variant;
      }
    }
    throw new IllegalArgumentException("network: the variant '" + name + "' is unknown");
  }
}
