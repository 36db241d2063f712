package facet.nn;

import facet.nn.io.DType;
import facet.nn.io.SafetensorsWriter;
import facet.nn.io.TorchWriter;
import facet.nn.io.WeightFile;
import facet.nn.io.WeightFileException;
import facet.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Puts parameters into files of weights and back. A file has PyTorch's names and layouts (OIHW,
/// `[out, in]`), so that Python reads it as it is.
public final class ModelState {
  private static final int LISTED = 3;

  /// What a checkpoint holds beside the network: the classifier, what a loss remembers and the
  /// momentum.
  private static final List<String> PARTS = List.of("head.", "loss.", "optimizer.");

  private ModelState() {}

  /// Adds all `parameters` to a file to be written, each under `prefix` and its name. They are read
  /// from the backend one at a time, when the file is written; one that is not finite then ends the
  /// writing with a [NonFiniteException].
  public static void save(SafetensorsWriter writer, String prefix, List<Parameter> parameters) {
    for (var p : parameters) {
      var layout = FileLayout.of(p.layout(), p.value().shape());
      writer.add(prefix + p.name(), DType.F32, layout.fileShape(), new Values(p, layout));
    }
  }

  /// Adds all `parameters` to a file of PyTorch's, each under its name.
  public static void save(TorchWriter writer, List<Parameter> parameters) {
    for (var p : parameters) {
      var layout = FileLayout.of(p.layout(), p.value().shape());
      writer.add(p.name(), layout.fileShape(), () -> layout.toFile(p.value().toFloats()));
    }
  }

  /// Hands out one parameter's values in pieces and forgets them after the last.
  private static final class Values implements SafetensorsWriter.Source {
    private final Parameter parameter;
    private final FileLayout layout;
    private float @Nullable [] values;

    Values(Parameter parameter, FileLayout layout) {
      this.parameter = parameter;
      this.layout = layout;
    }

    @Override
    public void fill(long first, ByteBuffer chunk) {
      var all = values == null ? finite() : values;
      var count = chunk.remaining() / Float.BYTES;
      chunk.asFloatBuffer().put(all, (int) first, count);
      values = first + count == all.length ? null : all;
    }

    private float[] finite() {
      var floats = parameter.value().toFloats();
      var at = NonFiniteException.find(floats);
      if (at >= 0) {
        throw new NonFiniteException(
            String.format(
                Locale.ROOT, "'%s' is %s at element %d", parameter.name(), floats[at], at));
      }
      return layout.toFile(floats);
    }
  }

  /// Fills all `parameters` from the tensors `prefix` + name. Nothing is changed unless all of them
  /// are there with the right shapes and the file has no others of that prefix: the blocks of a
  /// shallow network are all to be found in a deeper one. Passed over are the parts of a checkpoint
  /// that `parameters` has nothing of, and PyTorch's `num_batches_tracked`.
  ///
  /// @throws WeightFileException naming the first tensors that are missing, of another shape (with
  ///     both shapes), unexpected or not finite
  public static void load(WeightFile file, String prefix, List<Parameter> parameters)
      throws WeightFileException {
    load(file, prefix, parameters, Map.of());
  }

  /// As [#load(WeightFile, String, List)] for a model that has more than these parameters.
  ///
  /// @param others shapes of what the file must have beside them, by name without the prefix
  public static void load(
      WeightFile file, String prefix, List<Parameter> parameters, Map<String, Shape> others)
      throws WeightFileException {
    var expected = new LinkedHashMap<>(others);
    for (var p : parameters) {
      expected.put(p.name(), FileLayout.of(p.layout(), p.value().shape()).fileShape());
    }
    requireSame(file, prefix, expected);
    for (var p : parameters) {
      requireFinite(file, prefix + p.name());
    }
    for (var p : parameters) {
      var layout = FileLayout.of(p.layout(), p.value().shape());
      p.value().set(layout.toMemory(file.floats(prefix + p.name())));
    }
  }

  /// Checks what [#load] does of names and shapes.
  ///
  /// @param expected shapes in the file by name, without the prefix
  static void requireSame(WeightFile file, String prefix, Map<String, Shape> expected)
      throws WeightFileException {
    var shapes = file.shapes();
    var problems = new ArrayList<String>();
    expected.forEach(
        (name, shape) -> {
          var found = shapes.get(prefix + name);
          if (found == null) {
            problems.add("'%s' is missing".formatted(prefix + name));
          } else if (!found.equals(shape)) {
            problems.add("'%s' is %s, the model expects %s".formatted(prefix + name, found, shape));
          }
        });
    for (var name : unexpected(shapes.keySet(), prefix, expected.keySet())) {
      problems.add("the model has no '%s'".formatted(name));
    }
    if (!problems.isEmpty()) {
      var more = problems.size() - LISTED;
      throw new WeightFileException(
          file.file(),
          "it holds another model: "
              + String.join("; ", problems.subList(0, Math.min(LISTED, problems.size())))
              + (more > 0 ? String.format(Locale.ROOT, "; and %d more tensors", more) : ""));
    }
  }

  /// Refuses a tensor that holds an infinite value or no number: a network with it would answer
  /// nothing but NaN.
  ///
  /// @throws WeightFileException naming the tensor and the element
  public static void requireFinite(WeightFile file, String name) throws WeightFileException {
    var values = file.floats(name);
    var at = NonFiniteException.find(values);
    if (at >= 0) {
      throw new WeightFileException(
          file.file(),
          String.format(
              Locale.ROOT,
              "'%s' is %s at element %d: the training that wrote it had diverged",
              name,
              values[at],
              at));
    }
  }

  private static List<String> unexpected(
      Collection<String> found, String prefix, Collection<String> expected) {
    var known = expected.stream().map(name -> prefix + name).collect(Collectors.toSet());
    var parts = known.stream().map(ModelState::part).collect(Collectors.toSet());
    return found.stream()
        .filter(name -> name.startsWith(prefix))
        .filter(name -> !known.contains(name) && parts.contains(part(name)))
        .filter(name -> !name.endsWith(".num_batches_tracked"))
        .toList();
  }

  /// The part of a checkpoint that a tensor belongs to; empty for the network.
  private static String part(String name) {
    return PARTS.stream().filter(name::startsWith).findFirst().orElse("");
  }
}
