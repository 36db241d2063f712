package facet.nn;

import facet.nn.io.WeightFile;
import facet.nn.io.WeightFileException;
import facet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which network the tensors of a file belong to, by their names and shapes.
///
/// @param prefix of the names of all its tensors, such as `module.`
record Recognition(NetworkSpec spec, String prefix) {
  private static final int MAX_BLOCKS = 1000;
  private static final String MOBILE_STEM = "layers.0.layers.0.weight";
  private static final String MOBILE_LAST = "features.layers.0.layers.0.weight";
  private static final String REMEDY =
      "; Facet reads IResNet and MobileFaceNet under insightface's names (conv1, layer1.0, fc,"
          + " features; layers.0, conv_sep, features), MobileFaceNet under InsightFace_Pytorch's"
          + " (conv1.conv, conv_23, linear), and IR and IR-SE under TFace's, AdaFace's and"
          + " face.evoLVe's (input_layer, body, output_layer)";

  /// @param size as in [NetworkFile.Hints]
  static Recognition of(WeightFile file, @Nullable Integer size) throws WeightFileException {
    var found = new ArrayList<Recognition>();
    for (var variant : IResNetVariant.values()) {
      for (var prefix : prefixes(file, variant.names().conv() + ".weight")) {
        var names = new Named(file, prefix);
        if (names.variant(variant)) {
          requireOurPixels(file, prefix);
          found.add(new Recognition(names.spec(variant, size), prefix));
        }
      }
    }
    for (var prefix : prefixes(file, MOBILE_STEM)) {
      var names = new Named(file, prefix);
      if (names.has(MOBILE_LAST)) {
        found.add(new Recognition(names.mobileFaceNet(size), prefix));
      }
    }
    if (found.isEmpty()) {
      throw new WeightFileException(file.file(), "it holds no network that is known" + REMEDY);
    }
    if (found.size() > 1) {
      throw new WeightFileException(
          file.file(),
          String.format(
              Locale.ROOT,
              "it holds %d networks, under %s: save one of them alone",
              found.size(),
              found.stream().map(r -> "'" + r.prefix + "'").toList()));
    }
    return found.getFirst();
  }

  /// MagFace's code saves insightface's network, but feeds it other numbers. What its padding is
  /// then, in numbers of ours, is not 0, so that its weights cannot be changed to fit.
  private static void requireOurPixels(WeightFile file, String prefix) throws WeightFileException {
    if (prefix.endsWith("features.module.") || prefix.endsWith("module.features.")) {
      throw new WeightFileException(
          file.file(),
          "its names begin with '"
              + prefix
              + "', as MagFace's do, whose networks take blue, green and red of 0 to 1, not of -1"
              + " to 1, and normalise with another epsilon: here they would compute something else;"
              + " if yours is not one of them, save it without that prefix");
    }
  }

  /// What stands before `anchor` in the names of convolutions of images.
  private static List<String> prefixes(WeightFile file, String anchor) {
    return file.shapes().entrySet().stream()
        .filter(entry -> isStem(entry.getKey(), entry.getValue(), anchor))
        .map(entry -> entry.getKey().substring(0, entry.getKey().length() - anchor.length()))
        .toList();
  }

  /// A convolution of images with three channels.
  private static boolean isStem(String name, Shape shape, String anchor) {
    return (name.equals(anchor) || name.endsWith("." + anchor))
        && shape.rank() == 4
        && shape.dim(1) == 3;
  }

  /// The tensors whose names begin with a prefix.
  private record Named(WeightFile file, String prefix, Map<String, Shape> shapes) {
    Named(WeightFile file, String prefix) {
      this(file, prefix, file.shapes());
    }

    private boolean has(String name) {
      return shapes.containsKey(prefix + name);
    }

    private Shape shape(String name, int rank) throws WeightFileException {
      var shape = shapes.get(prefix + name);
      if (shape == null || shape.rank() != rank || shape.elements() == 0) {
        throw new WeightFileException(
            file.file(),
            shape == null
                ? "there is no tensor '" + prefix + name + "'" + REMEDY
                : String.format(
                    Locale.ROOT,
                    "tensor '%s' is %s, expected %d axes",
                    prefix + name,
                    shape,
                    rank));
      }
      return shape;
    }

    /// Whether the blocks are those of this variant.
    boolean variant(IResNetVariant variant) throws WeightFileException {
      var first = variant.block(0, 0, 0);
      if (variant == IResNetVariant.INSIGHTFACE) {
        return has(first + ".conv1.weight");
      }
      if (!has(first + ".res_layer.1.weight")) {
        return false;
      }
      var names = variant.names(first);
      var middleNorm = has(first + ".res_layer.2.running_mean");
      return middleNorm == (names.norm2() != null) && names.squeeze() == null == !squeezes(first);
    }

    private boolean squeezes(String block) {
      return shapes.keySet().stream()
          .anyMatch(
              name ->
                  name.startsWith(prefix + block + ".res_layer.") && name.endsWith(".fc1.weight"));
    }

    IResNetSpec spec(IResNetVariant variant, @Nullable Integer size) throws WeightFileException {
      var names = variant.names();
      var width = shape(names.conv() + ".weight", 4).dim(0);
      var depths =
          variant == IResNetVariant.INSIGHTFACE ? depthsByName(variant) : depthsByWidth(variant);
      var fc = shape(names.fc() + ".weight", 2);
      var channels = (long) width << (depths.size() - 1);
      var side = Math.round(Math.sqrt((double) fc.dim(1) / channels));
      if (depths.isEmpty() || side * side * channels != fc.dim(1)) {
        throw new WeightFileException(
            file.file(),
            String.format(
                Locale.ROOT,
                "tensor '%s' takes %d values, which are no square image of %d channels",
                prefix + names.fc() + ".weight",
                fc.dim(1),
                channels));
      }
      return spec(variant, depths, width, (int) side, size, fc.dim(0));
    }

    private IResNetSpec spec(
        IResNetVariant variant,
        List<Integer> depths,
        int width,
        int side,
        @Nullable Integer size,
        int embedding)
        throws WeightFileException {
      try {
        for (var known : IResNetSpec.PRESETS.values()) {
          if ((size == null ? known.finalSide() == side : size == known.size())
              && known.variant() == variant
              && known
                  .with(depths, width, known.size(), embedding, known.dropout())
                  .equals(known)) {
            requireSide(known.size(), known.finalSide(), side);
            return known;
          }
        }
        var pixels = size == null ? side << depths.size() : size;
        var spec =
            new IResNetSpec(
                variant.family(), variant, depths, width, pixels, embedding, variant.dropout());
        requireSide(pixels, spec.finalSide(), side);
        return spec;
      } catch (IllegalArgumentException e) {
        throw new WeightFileException(file.file(), String.valueOf(e.getMessage()), e);
      }
    }

    private void requireSide(int pixels, int becomes, int side) throws WeightFileException {
      if (becomes != side) {
        throw new WeightFileException(
            file.file(),
            String.format(
                Locale.ROOT,
                "images of %d pixels become %d before the last layer, the weights are for %d",
                pixels,
                becomes,
                side));
      }
    }

    MobileFaceNetSpec mobileFaceNet(@Nullable Integer size) throws WeightFileException {
      var width = shape(MOBILE_STEM, 4).dim(0);
      var expansion = shape("layers.2.layers.1.layers.0.weight", 4).dim(0);
      var side = shape(MOBILE_LAST, 4).dim(2);
      var pixels = size == null ? 16 * side : size;
      var embedding = shape("features.layers.2.weight", 2).dim(0);
      var depths = new ArrayList<Integer>();
      for (var layer = 1; layer <= 7; layer += 2) {
        var alone = layer == 1 && has("layers.1.layers.0.weight");
        depths.add(alone ? 1 : blocks("layers." + layer + ".layers."));
      }
      try {
        var spec = MobileFaceNetSpec.known(depths, width, expansion, pixels, embedding);
        requireSide(pixels, spec.finalSide(), side);
        return spec;
      } catch (IllegalArgumentException e) {
        throw new WeightFileException(file.file(), String.valueOf(e.getMessage()), e);
      }
    }

    /// How many bottlenecks follow each other under `stage` and a number.
    private int blocks(String stage) {
      var count = 0;
      while (count < MAX_BLOCKS && has(stage + count + ".layers.0.layers.0.weight")) {
        count++;
      }
      return count;
    }

    /// Blocks are numbered within their stage.
    private List<Integer> depthsByName(IResNetVariant variant) {
      var depths = new ArrayList<Integer>();
      while (depths.size() < 7 && has(variant.block(depths.size(), 0, 0) + ".conv1.weight")) {
        var blocks = 1;
        while (blocks < MAX_BLOCKS
            && has(variant.block(depths.size(), blocks, 0) + ".conv1.weight")) {
          blocks++;
        }
        depths.add(blocks);
      }
      return depths;
    }

    /// Blocks are numbered through; a stage is as far as the channels stay the same.
    private List<Integer> depthsByWidth(IResNetVariant variant) throws WeightFileException {
      var depths = new ArrayList<Integer>();
      var before = 0;
      for (var number = 0; number < MAX_BLOCKS; number++) {
        var conv = variant.names(variant.block(0, 0, number)).conv1() + ".weight";
        if (!has(conv)) {
          break;
        }
        var shape = shape(conv, 4);
        if (shape.dim(2) != 3) {
          throw new WeightFileException(
              file.file(),
              "tensor '%s' is %s: its blocks are bottlenecks (IR-152, IR-200), which Facet lacks"
                  .formatted(prefix + conv, shape));
        }
        if (shape.dim(0) == before) {
          depths.set(depths.size() - 1, depths.getLast() + 1);
        } else {
          depths.add(1);
          before = shape.dim(0);
        }
      }
      return depths;
    }
  }
}
