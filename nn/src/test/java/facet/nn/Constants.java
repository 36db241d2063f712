package facet.nn;

import facet.nn.io.DType;
import facet.nn.io.SafetensorsException;
import facet.nn.io.SafetensorsReader;
import facet.nn.io.TensorData;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Locale;

/// Numbers computed by PyTorch (`agreement.py.txt` beside them), and how far ours are from them.
public final class Constants implements AutoCloseable {
  private static final double SMALLEST = 1e-3;

  private final SafetensorsReader reader;
  private final TensorData data;

  private Constants(SafetensorsReader reader, TensorData data) {
    this.reader = reader;
    this.data = data;
  }

  /// Opens the resource `name.safetensors`.
  public static Constants open(String name) {
    try (var in = Constants.class.getResourceAsStream(name + ".safetensors")) {
      if (in == null) {
        throw new AssertionError("there is no resource " + name + ".safetensors");
      }
      var file = Files.createTempFile(name, ".safetensors");
      try {
        var bytes = in.readAllBytes();
        Files.write(file, bytes);
        return new Constants(SafetensorsReader.open(file), new TensorData(bytes));
      } finally {
        Files.delete(file); // it stays mapped
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The tensor `key` in the file's layout.
  public double[] doubles(String key) {
    try {
      var tensor = reader.tensor(key);
      var doubles = new double[tensor.shape().size()];
      if (tensor.dtype() == DType.F64) {
        data.of(tensor).asDoubleBuffer().get(doubles);
      } else {
        var floats = reader.floats(key);
        Arrays.setAll(doubles, i -> floats[i]);
      }
      return doubles;
    } catch (SafetensorsException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int[] ints(String key) {
    var values = doubles(key);
    var ints = new int[values.length];
    for (var i = 0; i < ints.length; i++) {
      ints[i] = (int) values[i];
    }
    return ints;
  }

  public boolean has(String key) {
    return reader.shapes().containsKey(key);
  }

  /// The tensor `key` as a leaf that requires a gradient.
  public Tensor variable(Scope scope, String key) {
    var leaf = scope.variable(reader.shapes().get(key));
    leaf.set(doubles(key));
    return leaf;
  }

  public Tensor tensor(Scope scope, String key) {
    return scope.of(reader.shapes().get(key), doubles(key));
  }

  /// Fills `parameters` from the tensors `prefix` + name.
  public void load(String prefix, Iterable<Parameter> parameters) {
    for (var p : parameters) {
      var layout = FileLayout.of(p.layout(), p.value().shape());
      var file = doubles(prefix + p.name());
      var floats = new float[file.length];
      for (var i = 0; i < file.length; i++) {
        floats[i] = (float) file[i];
      }
      p.value().set(layout.toMemory(floats));
    }
  }

  /// The largest deviation of `actual` from the tensor `key`, as a share of that tensor's largest
  /// element, or of 0.001 if that is more: some gradients are 0 but for rounding.
  public double deviation(String key, double[] actual) {
    var expected = doubles(key);
    if (expected.length != actual.length) {
      throw new AssertionError(
          String.format(
              Locale.ROOT, "%s has %d elements, not %d", key, expected.length, actual.length));
    }
    var largest = SMALLEST;
    var off = 0.0;
    for (var i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      var difference = Math.abs(actual[i] - expected[i]);
      off = difference <= off ? off : difference; // keeps NaN
    }
    return off / largest;
  }

  /// The same for a tensor of the engine in the layout of parameter `p`: its value or its gradient.
  public double deviation(String key, Parameter p, Tensor actual) {
    var layout = FileLayout.of(p.layout(), p.value().shape());
    return deviation(key, toFile(layout, actual.toDoubles()));
  }

  private static double[] toFile(FileLayout layout, double[] memory) {
    var file = new double[memory.length];
    for (var i = 0; i < layout.a(); i++) {
      for (var r = 0; r < layout.b(); r++) {
        for (var k = 0; k < layout.c(); k++) {
          file[(i * layout.c() + k) * layout.b() + r] =
              memory[(i * layout.b() + r) * layout.c() + k];
        }
      }
    }
    return file;
  }

  @Override
  public void close() {
    reader.close();
  }
}
