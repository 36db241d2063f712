package facet.nn;

import facet.nn.io.DType;
import facet.nn.io.SafetensorsException;
import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Puts parameters into safetensors files and back. A file has PyTorch's names and layouts (OIHW,
/// `[out, in]`), so that Python reads it as it is.
public final class ModelState {
  private static final int LISTED = 3;

  /// What a checkpoint holds beside the network: the classifier and the momentum.
  private static final List<String> PARTS = List.of("head.", "optimizer.");

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
    public void fill(int first, ByteBuffer chunk) {
      var all = values == null ? finite() : values;
      var count = chunk.remaining() / Float.BYTES;
      chunk.asFloatBuffer().put(all, first, count);
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
  /// are there with the right shapes and the file has no others: the blocks of a shallow network
  /// are all to be found in a deeper one. Passed over are the parts of a checkpoint that
  /// `parameters` has nothing of, and PyTorch's `num_batches_tracked`.
  ///
  /// @throws SafetensorsException naming the first tensors that are missing, of another shape (with
  ///     both shapes), unexpected or not finite
  public static void load(SafetensorsReader reader, String prefix, List<Parameter> parameters)
      throws SafetensorsException {
    var problems = new ArrayList<String>();
    for (var p : parameters) {
      var info = reader.tensors().get(prefix + p.name());
      var expected = FileLayout.of(p.layout(), p.value().shape()).fileShape();
      if (info == null) {
        problems.add(String.format(Locale.ROOT, "'%s' is missing", prefix + p.name()));
      } else if (!info.shape().equals(expected)) {
        problems.add(
            String.format(
                Locale.ROOT,
                "'%s' is %s, the model expects %s",
                prefix + p.name(),
                info.shape(),
                expected));
      }
    }
    for (var name : unexpected(reader, prefix, parameters)) {
      problems.add(String.format(Locale.ROOT, "the model has no '%s'", name));
    }
    if (!problems.isEmpty()) {
      var more = problems.size() - LISTED;
      throw new SafetensorsException(
          reader.file(),
          "it holds another model: "
              + String.join("; ", problems.subList(0, Math.min(LISTED, problems.size())))
              + (more > 0 ? String.format(Locale.ROOT, "; and %d more tensors", more) : ""));
    }
    for (var p : parameters) {
      requireFinite(reader, prefix + p.name());
    }
    for (var p : parameters) {
      var layout = FileLayout.of(p.layout(), p.value().shape());
      p.value().set(layout.toMemory(reader.floats(prefix + p.name())));
    }
  }

  /// Refuses a tensor that holds an infinite value or no number: a network with it would answer
  /// nothing but NaN.
  ///
  /// @throws SafetensorsException naming the tensor and the element
  public static void requireFinite(SafetensorsReader reader, String name)
      throws SafetensorsException {
    var values = reader.floats(name);
    var at = NonFiniteException.find(values);
    if (at >= 0) {
      throw new SafetensorsException(
          reader.file(),
          String.format(
              Locale.ROOT,
              "'%s' is %s at element %d: the training that wrote it had diverged",
              name,
              values[at],
              at));
    }
  }

  private static List<String> unexpected(
      SafetensorsReader reader, String prefix, List<Parameter> parameters) {
    var known = parameters.stream().map(p -> prefix + p.name()).collect(Collectors.toSet());
    var parts = known.stream().map(ModelState::part).collect(Collectors.toSet());
    return reader.tensors().keySet().stream()
        .filter(name -> !known.contains(name) && parts.contains(part(name)))
        .filter(name -> !name.endsWith(".num_batches_tracked"))
        .toList();
  }

  /// The part of a checkpoint that a tensor belongs to; empty for the network.
  private static String part(String name) {
    return PARTS.stream().filter(name::startsWith).findFirst().orElse("");
  }
}
