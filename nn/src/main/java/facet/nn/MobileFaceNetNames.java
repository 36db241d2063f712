package facet.nn;

import facet.nn.io.WeightFile;
import facet.nn.io.WeightFileException;
import facet.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A file of a MobileFaceNet under InsightFace_Pytorch's names (`conv1.conv`, `conv_23.project.bn`,
/// `conv_3.model.0.conv_dw`), seen under insightface's: the networks are the same, layer for layer.
final class MobileFaceNetNames implements WeightFile {
  /// A unit's tensors: the unit, a part of it, what of that part.
  private static final Pattern UNIT =
      Pattern.compile("(.*?)(conv1|conv2_dw|conv_6_sep|conv_6_dw)\\.(conv|bn|prelu)\\.(\\w+)");

  private static final Pattern BOTTLENECK =
      Pattern.compile(
          "(.*?)conv_(23|3|34|4|45|5)(\\.model\\.\\d+)?\\.(conv|conv_dw|project)\\.(conv|bn|prelu)"
              + "\\.(\\w+)");

  private static final Pattern LAST = Pattern.compile("(.*?)(linear|bn)\\.(\\w+)");

  private static final Map<String, String> UNITS =
      Map.of(
          "conv1", "layers.0",
          "conv2_dw", "layers.1",
          "conv_6_sep", "conv_sep",
          "conv_6_dw", "features.layers.0");

  /// Stages in their order from `layers.2`, bottlenecks' units, and a unit's layers.
  private static final List<String> STAGES = List.of("23", "3", "34", "4", "45", "5");

  private static final List<String> PARTS = List.of("conv", "conv_dw", "project");
  private static final List<String> LAYERS = List.of("conv", "bn", "prelu");

  private final WeightFile weights;
  private final Map<String, String> theirs = new LinkedHashMap<>(); // names, by insightface's

  private MobileFaceNetNames(WeightFile weights) {
    this.weights = weights;
    for (var name : weights.shapes().keySet()) {
      var ours = translated(name);
      theirs.put(ours == null ? name : ours, name);
    }
  }

  /// The file under insightface's names if it has the other ones, else as it is.
  static WeightFile translated(WeightFile weights) {
    var has = weights.shapes().keySet().stream().anyMatch(n -> n.endsWith("conv_6_dw.conv.weight"));
    return has ? new MobileFaceNetNames(weights) : weights;
  }

  /// Null if it is no name of this network's.
  private static @Nullable String translated(String name) {
    var bottleneck = BOTTLENECK.matcher(name);
    if (bottleneck.matches()) {
      var number = bottleneck.group(3);
      return bottleneck.group(1)
          + "layers."
          + (2 + STAGES.indexOf(bottleneck.group(2)))
          + (number == null ? "" : number.replace("model", "layers"))
          + ".layers."
          + PARTS.indexOf(bottleneck.group(4))
          + layer(bottleneck.group(5), bottleneck.group(6));
    }
    var unit = UNIT.matcher(name);
    if (unit.matches()) {
      return unit.group(1) + UNITS.get(unit.group(2)) + layer(unit.group(3), unit.group(4));
    }
    var last = LAST.matcher(name);
    return last.matches()
        ? last.group(1)
            + "features.layers."
            + (last.group(2).equals("linear") ? 2 : 3)
            + "."
            + last.group(3)
        : null;
  }

  private static String layer(String name, String tensor) {
    return ".layers." + LAYERS.indexOf(name) + "." + tensor;
  }

  @Override
  public Path file() {
    return weights.file();
  }

  @Override
  public Map<String, String> metadata() {
    return weights.metadata();
  }

  @Override
  public Map<String, Shape> shapes() {
    var shapes = new LinkedHashMap<String, Shape>();
    theirs.forEach((ours, name) -> shapes.put(ours, weights.shapes().get(name)));
    return shapes;
  }

  @Override
  public float[] floats(String name) throws WeightFileException {
    return weights.floats(theirs.getOrDefault(name, name));
  }

  @Override
  public void close() {
    weights.close();
  }
}
