package facet.nn;

import facet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What an [IResNet] consists of and costs, layer by layer, found without building it.
public final class Summary {
  private static final int FLOAT_BYTES = 4;

  private final List<Layer> layers = new ArrayList<>();

  /// One layer.
  ///
  /// @param name as in the checkpoint
  /// @param kind such as `conv 3x3/2`
  /// @param output the shape of its result for one image
  /// @param parameters elements of its weights, running statistics not counted
  /// @param macs multiply-accumulates for one image; elementwise work does not count
  /// @param activationBytes of its float32 result for one image, which training keeps; 0 where the
  ///     layer is computed together with the one before it
  public record Layer(
      String name, String kind, Shape output, long parameters, long macs, long activationBytes) {}

  private Summary() {}

  public static Summary of(IResNetSpec spec) {
    var summary = new Summary();
    var side = spec.size();
    var in = spec.width();
    summary.conv("conv1", 3, 3, in, 1, side);
    summary.norm("bn1", side, in);
    summary.prelu("prelu", side, in);
    for (var stage = 0; stage < spec.depths().size(); stage++) {
      var out = spec.width() << stage;
      for (var i = 0; i < spec.depths().get(stage); i++) {
        summary.block(
            String.format(Locale.ROOT, "layer%d.%d", stage + 1, i), in, out, i == 0 ? 2 : 1, side);
        side = i == 0 ? (side + 1) / 2 : side;
        in = out;
      }
    }
    summary.norm("bn2", side, in);
    var flat = (long) side * side * in;
    var d = spec.embedding();
    summary.add("fc", "linear", Shape.of(d), (flat + 1) * d, flat * d);
    summary.add("features", "batch norm", Shape.of(d), 2L * d, 0);
    return summary;
  }

  private void block(String name, int in, int out, int stride, int side) {
    norm(name + ".bn1", side, in);
    conv(name + ".conv1", 3, in, out, 1, side);
    norm(name + ".bn2", side, out);
    prelu(name + ".prelu", side, out);
    conv(name + ".conv2", 3, out, out, stride, side);
    var half = (side + stride - 1) / stride;
    norm(name + ".bn3", half, out);
    if (stride != 1 || in != out) {
      conv(name + ".downsample.0", 1, in, out, stride, side);
      norm(name + ".downsample.1", half, out);
    }
  }

  private void conv(String name, int window, int in, int out, int stride, int side) {
    var half = (side + stride - 1) / stride;
    var weights = (long) window * window * in * out;
    var kind = String.format(Locale.ROOT, "conv %dx%d/%d", window, window, stride);
    add(name, kind, Shape.of(half, half, out), weights, weights * half * half);
  }

  private void norm(String name, int side, int channels) {
    add(name, "batch norm", Shape.of(side, side, channels), 2L * channels, 0);
  }

  private void prelu(String name, int side, int channels) {
    layers.add(new Layer(name, "prelu", Shape.of(side, side, channels), channels, 0, 0));
  }

  private void add(String name, String kind, Shape output, long parameters, long macs) {
    var bytes = (long) FLOAT_BYTES * output.size();
    layers.add(new Layer(name, kind, output, parameters, macs, bytes));
  }

  public List<Layer> layers() {
    return List.copyOf(layers);
  }

  public long parameters() {
    return layers.stream().mapToLong(Layer::parameters).sum();
  }

  /// Multiply-accumulates for one image, forward; a training step takes about three times as many.
  public long macs() {
    return layers.stream().mapToLong(Layer::macs).sum();
  }

  /// What a training step keeps of one image until backward.
  public long activationBytes() {
    return layers.stream().mapToLong(Layer::activationBytes).sum();
  }
}
