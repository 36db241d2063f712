package facet.nn;

import facet.nn.BatchNormalization.Trained;
import facet.nn.io.DiskException;
import facet.nn.io.OnnxGraph;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Writes a network as an ONNX model: `images` in, `embeddings` `[batch, embedding]` out, not
/// normalised, as [Network#forward] gives them in inference.
public final class OnnxExport {
  /// The order of the input's axes.
  public enum Layout {
    /// `[batch, 3, size, size]`, as most programs feed networks.
    NCHW,
    /// `[batch, size, size, 3]`, as images lie in memory.
    NHWC
  }

  /// @param layout of the input
  /// @param pixels whether the input is pixels in 0 .. 255, to be normalised in the graph; else it
  ///     is in [-1, 1] as for [Network#forward]
  /// @param folded whether batch norms become part of the weights beside them where that is
  ///     possible; else they are nodes of their own
  public record Options(Layout layout, boolean pixels, boolean folded) {}

  private static final float HALF_RANGE = 127.5f;

  private OnnxExport() {}

  /// @param parameters those of a network of these dimensions
  public static void write(Path file, NetworkSpec spec, List<Parameter> parameters, Options options)
      throws DiskException {
    var weights = new HashMap<String, float[]>();
    for (var p : parameters) {
      var layout = FileLayout.of(p.layout(), p.value().shape());
      weights.put(p.name(), layout.toFile(p.value().toFloats()));
    }
    var graph = new OnnxGraph(spec.name());
    var nodes = new Nodes(graph, weights, options.folded(), new IdentityHashMap<>());
    var result = nodes.name(spec.visit(nodes, input(graph, spec, options)));
    graph.output("embeddings", result, spec.embedding());
    graph.write(file, spec.toMetadata());
  }

  private static Value input(OnnxGraph graph, NetworkSpec spec, Options options) {
    var size = spec.size();
    var x =
        switch (options.layout()) {
          case NCHW -> graph.input("images", 3, size, size);
          case NHWC ->
              graph.node(
                  "Transpose",
                  "input",
                  List.of(graph.input("images", size, size, 3)),
                  Map.of("perm", new int[] {0, 3, 1, 2}));
        };
    if (options.pixels()) {
      var half = graph.weights("input.half_range", new int[0], new float[] {HALF_RANGE});
      x = graph.node("Sub", "input", List.of(x, half), Map.of());
      x = graph.node("Div", "input", List.of(x, half), Map.of());
    }
    return new Value.Known(x);
  }

  /// An intermediate result: known by its name in the graph, or not yet a node, because what comes
  /// next may be folded into it.
  private sealed interface Value {
    record Known(String name) implements Value {}

    /// A convolution or linear layer of `x`, with `weight` `[out, ...]` and `bias`.
    record Product(Kernel kernel, String x, float[] weight, float[] bias) implements Value {}

    record Norm(String layer, String x, Affine affine) implements Value {}
  }

  /// @param dims of the weight
  /// @param stride 0 for a linear layer
  private record Kernel(String name, int[] dims, int stride, int pad, int groups, boolean biased) {}

  /// @param names of the results that are nodes already
  private record Nodes(
      OnnxGraph graph, Map<String, float[]> weights, boolean folded, Map<Value, String> names)
      implements LayerVisitor<Value> {

    private float[] weight(String name) {
      var values = weights.get(name);
      if (values == null) {
        throw new IllegalArgumentException("the network has no " + name);
      }
      return values;
    }

    /// The name of `x`, which becomes a node if it is none yet.
    String name(Value x) {
      var name = names.get(x);
      if (name == null) {
        name =
            switch (x) {
              case Value.Known(var known) -> known;
              case Value.Norm norm -> normNode(norm);
              case Value.Product product -> productNode(product);
            };
        names.put(x, name);
      }
      return name;
    }

    private String normNode(Value.Norm norm) {
      var layer = norm.layer();
      var channels = norm.affine().scale().length;
      var ones = new float[channels];
      Arrays.fill(ones, 1);
      var inputs =
          List.of(
              norm.x(),
              vector(layer + ".weight", weights.getOrDefault(layer + ".weight", ones)),
              vector(layer + ".bias", weights.getOrDefault(layer + ".bias", new float[channels])),
              vector(layer + ".running_mean", weight(layer + ".running_mean")),
              vector(layer + ".running_var", weight(layer + ".running_var")));
      var eps = Map.<String, Object>of("epsilon", (float) BatchNormalization.EPS);
      return graph.node("BatchNormalization", layer, inputs, eps);
    }

    private String vector(String name, float[] values) {
      return graph.weights(name, new int[] {values.length}, values);
    }

    private String productNode(Value.Product product) {
      var kernel = product.kernel();
      var w = graph.weights(kernel.name() + ".weight", kernel.dims(), product.weight());
      if (kernel.stride() == 0) {
        var flat = graph.node("Flatten", kernel.name(), List.of(product.x()), Map.of("axis", 1));
        var b = vector(kernel.name() + ".bias", product.bias());
        return graph.node("Gemm", kernel.name(), List.of(flat, w, b), Map.of("transB", 1));
      }
      var pad = kernel.pad();
      var attributes =
          Map.<String, Object>of(
              "kernel_shape", new int[] {kernel.dims()[2], kernel.dims()[3]},
              "strides", new int[] {kernel.stride(), kernel.stride()},
              "group", kernel.groups(),
              "pads", new int[] {pad, pad, pad, pad});
      var inputs =
          kernel.biased()
              ? List.of(product.x(), w, vector(kernel.name() + ".bias", product.bias()))
              : List.of(product.x(), w);
      return graph.node("Conv", kernel.name(), inputs, attributes);
    }

    @Override
    public Value convolution(String name, int in, int out, int kernel, int stride, Value x) {
      var dims = new int[] {out, in, kernel, kernel};
      return convolution(new Kernel(name, dims, stride, kernel / 2, 1, false), x);
    }

    @Override
    public Value groupedConvolution(
        String name, int channels, int groups, int kernel, int stride, int pad, Value x) {
      var dims = new int[] {channels, channels / groups, kernel, kernel};
      return convolution(new Kernel(name, dims, stride, pad, groups, false), x);
    }

    private Value convolution(Kernel kernel, Value x) {
      var weight = weight(kernel.name() + ".weight");
      return new Value.Product(kernel, name(x), weight, new float[kernel.dims()[0]]);
    }

    @Override
    public Value norm(String name, int channels, Trained trained, Value x) {
      var affine = affine(name, channels, trained);
      if (folded && x instanceof Value.Product product) {
        return new Value.Known(productNode(after(product, affine)));
      }
      return new Value.Norm(name, name(x), affine);
    }

    private Affine affine(String name, int channels, Trained trained) {
      var result = Affine.identity(channels);
      for (var c = 0; c < channels; c++) {
        var std = Math.sqrt(weight(name + ".running_var")[c] + BatchNormalization.EPS);
        result.scale()[c] = trained == Trained.NONE ? 1 : weight(name + ".weight")[c];
        result.scale()[c] /= std;
        result.shift()[c] =
            (trained == Trained.NONE ? 0 : weight(name + ".bias")[c])
                - weight(name + ".running_mean")[c] * result.scale()[c];
      }
      return result;
    }

    /// `affine(product)` as a product.
    private static Value.Product after(Value.Product product, Affine affine) {
      var w = product.weight().clone();
      var b = product.bias().clone();
      var perOutput = w.length / b.length;
      for (var i = 0; i < w.length; i++) {
        w[i] = (float) (w[i] * affine.scale()[i / perOutput]);
      }
      for (var o = 0; o < b.length; o++) {
        b[o] = (float) (b[o] * affine.scale()[o] + affine.shift()[o]);
      }
      var k = product.kernel();
      var biased = new Kernel(k.name(), k.dims(), k.stride(), k.pad(), k.groups(), true);
      return new Value.Product(biased, product.x(), w, b);
    }

    @Override
    public Value linear(String name, int in, int out, boolean biased, Value x) {
      var kernel = new Kernel(name, new int[] {out, in}, 0, 0, 1, true);
      var w = weight(name + ".weight");
      var b = biased ? weight(name + ".bias") : new float[out];
      if (!folded || !(x instanceof Value.Norm(_, var before, var affine))) {
        return new Value.Product(kernel, name(x), w, b);
      }
      w = w.clone();
      var pixels = in / affine.scale().length; // a file has [out, channel, pixel]
      var sums = new float[out];
      for (var o = 0; o < out; o++) {
        var sum = (double) b[o];
        for (var i = 0; i < in; i++) {
          sum += w[o * in + i] * affine.shift()[i / pixels];
          w[o * in + i] = (float) (w[o * in + i] * affine.scale()[i / pixels]);
        }
        sums[o] = (float) sum;
      }
      return new Value.Product(kernel, before, w, sums);
    }

    @Override
    public Value prelu(String name, int channels, Value x) {
      var slope =
          graph.weights(name + ".weight", new int[] {channels, 1, 1}, weight(name + ".weight"));
      return new Value.Known(graph.node("PRelu", name, List.of(name(x), slope), Map.of()));
    }

    @Override
    public Value subsample(int stride, Value x) {
      var attributes =
          Map.<String, Object>of(
              "kernel_shape", new int[] {1, 1}, "strides", new int[] {stride, stride});
      return new Value.Known(graph.node("MaxPool", "shortcut", List.of(name(x)), attributes));
    }

    @Override
    public Value add(Value x, Value shortcut) {
      return new Value.Known(
          graph.node("Add", "residual", List.of(name(x), name(shortcut)), Map.of()));
    }

    @Override
    public Value globalAverage(String name, Value x) {
      return node("GlobalAveragePool", name, x);
    }

    @Override
    public Value relu(String name, Value x) {
      return node("Relu", name, x);
    }

    @Override
    public Value sigmoid(String name, Value x) {
      return node("Sigmoid", name, x);
    }

    @Override
    public Value scaleChannels(String name, Value x, Value factors) {
      return node("Mul", name, x, factors);
    }

    private Value node(String operator, String name, Value... inputs) {
      var names = Arrays.stream(inputs).map(this::name).toList();
      return new Value.Known(graph.node(operator, name, names, Map.of()));
    }
  }
}
