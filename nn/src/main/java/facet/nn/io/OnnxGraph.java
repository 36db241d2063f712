package facet.nn.io;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Builds a model in the Open Neural Network Exchange format: nodes in the order of computation,
/// their weights, one input and one output whose first extent is the free size of a batch. Field
/// numbers are those of `onnx.proto`, IR version 8; ops are those of operator set 17 (ONNX 1.12).
public final class OnnxGraph {
  /// The version of the operator set.
  public static final long OPSET = 17;

  /// ONNX Runtime and others read no file from this size on.
  public static final long MAX_BYTES = Integer.MAX_VALUE;

  private static final long IR_VERSION = 8;
  private static final long FLOAT = 1;
  private static final long INT_ATTRIBUTE = 2;
  private static final long FLOAT_ATTRIBUTE = 1;
  private static final long INTS_ATTRIBUTE = 7;

  private final ProtoMessage graph = new ProtoMessage();
  private int nodes;

  public OnnxGraph(String name) {
    graph.add(2, name);
  }

  /// Adds a node with one result.
  ///
  /// @param attributes `Integer`, `Float` or `int[]` by name
  /// @return the name of the result
  public String node(String op, String name, List<String> inputs, Map<String, Object> attributes) {
    var node = new ProtoMessage();
    inputs.forEach(input -> node.add(1, input));
    var output = name + "/" + op + "_" + ++nodes;
    node.add(2, output);
    node.add(3, output);
    node.add(4, op);
    new TreeMap<>(attributes).forEach((key, value) -> node.add(5, attribute(key, value)));
    graph.add(1, node);
    return output;
  }

  private static ProtoMessage attribute(String name, Object value) {
    var attribute = new ProtoMessage().add(1, name);
    switch (value) {
      case Integer i -> attribute.add(3, (long) i).add(20, INT_ATTRIBUTE);
      case Float f -> attribute.add(2, f).add(20, FLOAT_ATTRIBUTE);
      case int[] ints -> {
        for (var i : ints) {
          attribute.add(8, (long) i);
        }
        attribute.add(20, INTS_ATTRIBUTE);
      }
      default -> throw new IllegalArgumentException(name + " is " + value);
    }
    return attribute;
  }

  /// Adds weights; they are read when the file is written.
  ///
  /// @return `name`
  public String weights(String name, int[] dims, float[] values) {
    var tensor = new ProtoMessage();
    for (var dim : dims) {
      tensor.add(1, (long) dim);
    }
    graph.add(5, tensor.add(2, FLOAT).add(8, name).add(9, values));
    return name;
  }

  /// Declares the input: floats of shape `[batch, dims...]`.
  public String input(String name, int... dims) {
    graph.add(11, value(name, dims));
    return name;
  }

  /// Makes `result` the output under `name`, of shape `[batch, dims...]`.
  public void output(String name, String result, int... dims) {
    graph.add(1, new ProtoMessage().add(1, result).add(2, name).add(3, name).add(4, "Identity"));
    graph.add(12, value(name, dims));
  }

  private static ProtoMessage value(String name, int... dims) {
    var shape = new ProtoMessage().add(1, new ProtoMessage().add(2, "batch"));
    for (var dim : dims) {
      shape.add(1, new ProtoMessage().add(1, (long) dim));
    }
    var tensor = new ProtoMessage().add(1, FLOAT).add(2, shape);
    return new ProtoMessage().add(1, name).add(2, new ProtoMessage().add(1, tensor));
  }

  /// Writes the model, replacing an old file of that name in one step.
  ///
  /// @param metadata free text by key
  /// @throws DiskException when there is no room; the old file is as it was
  public void write(Path file, Map<String, String> metadata) throws DiskException {
    var model = new ProtoMessage().add(1, IR_VERSION).add(2, "facet");
    model.add(7, graph);
    model.add(8, new ProtoMessage().add(1, "").add(2, OPSET));
    metadata.forEach((key, text) -> model.add(14, new ProtoMessage().add(1, key).add(2, text)));
    if (model.size() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "an ONNX file of " + model.size() + " bytes, more than 2 GB");
    }
    AtomicFile.write(file, model.size(), model::writeTo);
  }
}
