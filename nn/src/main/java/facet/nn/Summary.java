package facet.nn;

import facet.nn.BatchNormalization.Trained;
import facet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a [Network] consists of and costs, layer by layer, found without building it.
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

  public static Summary of(NetworkSpec spec) {
    var summary = new Summary();
    spec.visit(summary.new Counter(), new Image(spec.size(), 3));
    return summary;
  }

  /// The side and the channels of an intermediate result; a vector has side 0.
  private record Image(int side, int channels) {
    Shape shape() {
      return Shape.of(side, side, channels);
    }
  }

  private final class Counter implements LayerVisitor<Image> {
    @Override
    public Image convolution(String name, int in, int out, int kernel, int stride, Image x) {
      var y = new Image((x.side + stride - 1) / stride, out);
      var weights = (long) kernel * kernel * in * out;
      var kind = String.format(Locale.ROOT, "conv %dx%d/%d", kernel, kernel, stride);
      Summary.this.add(name, kind, y.shape(), weights, weights * y.side * y.side);
      return y;
    }

    @Override
    public Image groupedConvolution(
        String name, int channels, int groups, int kernel, int stride, int pad, Image x) {
      var y = new Image((x.side + 2 * pad - kernel) / stride + 1, channels);
      var weights = (long) kernel * kernel * channels * (channels / groups);
      var kind =
          String.format(Locale.ROOT, "conv %dx%d/%d, %d groups", kernel, kernel, stride, groups);
      Summary.this.add(name, kind, y.shape(), weights, weights * y.side * y.side);
      return y;
    }

    @Override
    public Image norm(String name, int channels, Trained trained, Image x) {
      var parameters = trained == Trained.NONE ? 0 : 2L * channels;
      var shape = x.side == 0 ? Shape.of(channels) : x.shape();
      Summary.this.add(name, "batch norm", shape, parameters, 0);
      return x;
    }

    @Override
    public Image prelu(String name, int channels, Image x) {
      layers.add(new Layer(name, "prelu", x.shape(), channels, 0, 0));
      return x;
    }

    @Override
    public Image subsample(int stride, Image x) {
      return new Image((x.side + stride - 1) / stride, x.channels);
    }

    @Override
    public Image add(Image x, Image shortcut) {
      return x;
    }

    @Override
    public Image linear(String name, int in, int out, boolean biased, Image x) {
      var macs = (long) in * out;
      Summary.this.add(name, "linear", Shape.of(out), macs + (biased ? out : 0), macs);
      return new Image(0, out);
    }

    @Override
    public Image globalAverage(String name, Image x) {
      var y = new Image(1, x.channels);
      Summary.this.add(name, "mean", y.shape(), 0, 0);
      return y;
    }

    @Override
    public Image relu(String name, Image x) {
      Summary.this.add(name, "relu", x.shape(), 0, 0);
      return x;
    }

    @Override
    public Image sigmoid(String name, Image x) {
      Summary.this.add(name, "sigmoid", x.shape(), 0, 0);
      return x;
    }

    @Override
    public Image scaleChannels(String name, Image x, Image factors) {
      Summary.this.add(name, "scale", x.shape(), 0, 0);
      return x;
    }
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
