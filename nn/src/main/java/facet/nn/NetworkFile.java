package facet.nn;

import facet.nn.io.WeightFile;
import facet.nn.io.WeightFileException;
import facet.tensor.Shape;
import facet.tensor.ShapeException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A trained network in a file: one of Facet's, whose header has its dimensions, or one that others
/// trained with PyTorch, whose dimensions follow from the names and shapes of its tensors. Weights
/// are checked against the dimensions before a network is built.
public final class NetworkFile implements AutoCloseable {
  /// The order of the channels that a network was trained with. Facet's images are RGB.
  public enum Channels {
    RGB,
    BGR
  }

  /// What the names and shapes in a file do not say.
  ///
  /// @param size side of the input, or null for that of Facet's network of these dimensions, else
  ///     the largest that fits: 112 for 7x7 pixels before the last layer
  public record Hints(Channels channels, @Nullable Integer size) {
    public static final Hints NONE = new Hints(Channels.RGB, null);
  }

  private final WeightFile weights;
  private final NetworkSpec spec;
  private final String prefix;
  private final boolean foreign;
  private final Channels channels;

  private NetworkFile(WeightFile weights, Hints hints) throws WeightFileException {
    this.weights = weights;
    foreign = !NetworkSpec.isIn(weights);
    channels = hints.channels();
    if (foreign) {
      var found = Recognition.of(weights, hints.size());
      spec = found.spec();
      prefix = found.prefix();
      ModelState.requireSame(weights, prefix, shapes(weights, spec));
    } else {
      spec = headerSpec(weights);
      prefix = prefix(weights, spec);
      requireShapes(weights, spec, prefix);
    }
  }

  /// Opens `file`, a safetensors file or a checkpoint of PyTorch's.
  ///
  /// @throws WeightFileException when it cannot be read, or holds no network that Facet knows
  public static NetworkFile open(Path file, Hints hints) throws WeightFileException {
    var weights = MobileFaceNetNames.translated(WeightFile.open(file));
    try {
      return new NetworkFile(weights, hints);
    } catch (WeightFileException | RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /// The dimensions that the header gives.
  private static NetworkSpec headerSpec(WeightFile weights) throws WeightFileException {
    try {
      return NetworkSpec.fromMetadata(weights.metadata());
    } catch (IllegalArgumentException e) {
      throw damaged(weights, e);
    }
  }

  /// What a program in Python that saved the tensors again may have put before their names, such as
  /// `module.`.
  private static String prefix(WeightFile weights, NetworkSpec spec) {
    var first = spec.firstLayer() + ".weight";
    var names = weights.shapes().keySet();
    return names.contains(first)
        ? ""
        : names.stream()
            .filter(name -> name.endsWith("." + first))
            .findFirst()
            .map(name -> name.substring(0, name.length() - first.length()))
            .orElse("");
  }

  /// Compares the header's dimensions with the tensors that are there, so that it cannot ask for
  /// more memory than the file has weights.
  private static void requireShapes(WeightFile weights, NetworkSpec spec, String prefix)
      throws WeightFileException {
    try {
      var shapes = weights.shapes();
      for (var expected : expected(spec).entrySet()) {
        var found = shapes.get(prefix + expected.getKey());
        if (!expected.getValue().equals(found)) {
          throw new WeightFileException(
              weights.file(),
              "its header describes a network whose '%s' is %s, the file's is %s"
                  .formatted(
                      expected.getKey(), expected.getValue(), found == null ? "missing" : found));
        }
      }
    } catch (IllegalArgumentException e) {
      throw damaged(weights, e);
    }
  }

  private static WeightFileException damaged(WeightFile weights, IllegalArgumentException e) {
    return new WeightFileException(
        weights.file(), "its header is damaged (" + e.getMessage() + ")", e);
  }

  /// The dimensions of the network.
  public NetworkSpec spec() {
    return spec;
  }

  /// Whether the header says nothing about the network, so that [#describe] is worth printing.
  public boolean isForeign() {
    return foreign;
  }

  /// What was found, in a line.
  public String describe() {
    var others = others();
    return String.format(
        Locale.ROOT,
        "%s: %s, %s (blocks %s, width %d, %d x %d pixels, embedding %d), %s input%s%s",
        weights.file(),
        spec.title(),
        spec.name(),
        spec.depths(),
        spec.width(),
        spec.size(),
        spec.size(),
        spec.embedding(),
        channels,
        prefix.isEmpty() ? "" : ", names after '" + prefix + "'",
        others.isEmpty()
            ? ""
            : String.format(
                Locale.ROOT,
                "; %d other tensors are left out, such as '%s'",
                others.size(),
                others.getFirst()));
  }

  /// The tensors that do not belong to the network.
  private List<String> others() {
    return prefix.isEmpty()
        ? List.of()
        : weights.shapes().keySet().stream().filter(name -> !name.startsWith(prefix)).toList();
  }

  /// Fills `parameters`, those of a network of these dimensions, all or nothing.
  ///
  /// @throws WeightFileException naming the tensors that are missing, too many or of other shapes
  public void load(List<Parameter> parameters) throws WeightFileException {
    ModelState.load(weights, prefix, parameters);
    if (foreign && channels == Channels.BGR) {
      swapChannels(parameters);
    }
  }

  /// Exchanges the first and last input channel of the first convolution: the network then takes
  /// RGB.
  private void swapChannels(List<Parameter> parameters) {
    var name = spec.firstLayer() + ".weight";
    for (var p : parameters) {
      if (p.name().equals(name)) {
        var values = p.value().toFloats(); // [o, kh, kw, 3]
        for (var i = 0; i < values.length; i += 3) {
          var first = values[i];
          values[i] = values[i + 2];
          values[i + 2] = first;
        }
        p.value().set(values);
      }
    }
  }

  private static Map<String, Shape> shapes(WeightFile weights, NetworkSpec spec)
      throws WeightFileException {
    try {
      return expected(spec);
    } catch (ShapeException e) {
      throw new WeightFileException(
          weights.file(), "its network is too large: " + e.getMessage(), e);
    }
  }

  /// The names and shapes that a file of a network has.
  static Map<String, Shape> expected(NetworkSpec spec) {
    var expected = new Expected();
    spec.visit(expected, expected);
    return expected.shapes;
  }

  /// Collects names and shapes; it stands for every intermediate result itself.
  private static final class Expected implements LayerVisitor<Expected> {
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    @Override
    public Expected convolution(String name, int in, int out, int kernel, int stride, Expected x) {
      return add(name + ".weight", out, in, kernel, kernel);
    }

    @Override
    public Expected groupedConvolution(
        String name, int channels, int groups, int kernel, int stride, int pad, Expected x) {
      return add(name + ".weight", channels, channels / groups, kernel, kernel);
    }

    @Override
    public Expected norm(
        String name, int channels, BatchNormalization.Trained trained, Expected x) {
      if (trained != BatchNormalization.Trained.NONE) {
        add(name + ".weight", channels);
        add(name + ".bias", channels);
      }
      add(name + ".running_mean", channels);
      return add(name + ".running_var", channels);
    }

    @Override
    public Expected prelu(String name, int channels, Expected x) {
      return add(name + ".weight", channels);
    }

    @Override
    public Expected subsample(int stride, Expected x) {
      return this;
    }

    @Override
    public Expected add(Expected x, Expected shortcut) {
      return this;
    }

    @Override
    public Expected linear(String name, int in, int out, boolean biased, Expected x) {
      add(name + ".weight", out, in);
      return biased ? add(name + ".bias", out) : this;
    }

    @Override
    public Expected globalAverage(String name, Expected x) {
      return this;
    }

    @Override
    public Expected relu(String name, Expected x) {
      return this;
    }

    @Override
    public Expected sigmoid(String name, Expected x) {
      return this;
    }

    @Override
    public Expected scaleChannels(String name, Expected x, Expected factors) {
      return this;
    }

    private Expected add(String name, int... dims) {
      shapes.put(name, Shape.of(dims));
      return this;
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
