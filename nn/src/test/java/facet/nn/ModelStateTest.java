package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import facet.nn.io.WeightFileException;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStateTest {
  private static final IResNetSpec SHALLOW = spec(1, 4);
  private static final IResNetSpec DEEP = spec(3, 4);
  private static final IResNetSpec WIDE = spec(1, 5);

  private ReferenceBackend backend;
  private Scope scope;
  @TempDir private Path folder;

  private static IResNetSpec spec(int depth, int width) {
    return new IResNetSpec("small", List.of(1, depth), width, 10, 6, 0);
  }

  @BeforeEach
  void open() {
    backend = new ReferenceBackend();
    scope = Scope.on(backend);
  }

  @AfterEach
  void close() {
    scope.close();
    backend.close();
  }

  private List<Parameter> network(IResNetSpec spec, long seed) {
    var parameters = new Parameters(scope, seed);
    assertThat(new IResNet(parameters, spec).spec()).isEqualTo(spec);
    return parameters.all();
  }

  private Path write(SafetensorsWriter writer) throws IOException {
    var file = folder.resolve("model.safetensors");
    writer.write(file);
    return file;
  }

  private Path save(List<Parameter> parameters) throws IOException {
    var writer = new SafetensorsWriter();
    ModelState.save(writer, "", parameters);
    return write(writer);
  }

  private static void load(Path file, List<Parameter> parameters) throws WeightFileException {
    try (var reader = SafetensorsReader.open(file)) {
      ModelState.load(reader, "", parameters);
    }
  }

  @Test
  void whatIsNotFiniteIsNeitherSavedNorLoaded() throws IOException {
    var broken = network(SHALLOW, 1);
    var fine = save(broken);
    var before = java.nio.file.Files.readAllBytes(fine);
    broken.get(3).value().set(nan(broken.get(3)));
    assertThatThrownBy(() -> save(broken))
        .isInstanceOf(NonFiniteException.class)
        .hasMessage("'%s' is NaN at element 1", broken.get(3).name());
    assertThat(fine).hasBinaryContent(before);
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");

    var values = nan(broken.get(3));
    var writer = new SafetensorsWriter();
    for (var p : broken) {
      if (p.name().equals(broken.get(3).name())) {
        writer.add(p.name(), p.value().shape(), values, 0);
      } else {
        ModelState.save(writer, "", List.of(p));
      }
    }
    var file = write(writer);
    var target = network(SHALLOW, 2);
    var first = target.getFirst().value().toFloats();
    assertThatThrownBy(() -> load(file, target))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining("'%s' is NaN at element 1", broken.get(3).name());
    assertThat(target.getFirst().value().toFloats()).isEqualTo(first);
  }

  private static float[] nan(Parameter p) {
    var values = new float[p.value().size()];
    values[1] = Float.NaN;
    return values;
  }

  @Test
  void whatIsSavedIsLoaded() throws IOException {
    var saved = network(SHALLOW, 1);
    var loaded = network(SHALLOW, 2);
    load(save(saved), loaded);
    for (var i = 0; i < saved.size(); i++) {
      assertThat(loaded.get(i).value().toDoubles()).isEqualTo(saved.get(i).value().toDoubles());
    }
  }

  @Test
  void filesHavePyTorchsLayouts() throws IOException {
    var made = new Parameters(scope, 0);
    var plain = new Parameter.Layout.Plain();
    var convolution = new Parameter.Layout.Convolution();
    var flattened = new Parameter.Layout.Flattened(1, 2, 3);
    made.weight("conv", Shape.of(1, 1, 2, 3), convolution, ModelStateTest::count); // 2 pixels
    made.weight("fc", Shape.of(2, 6), flattened, ModelStateTest::count);
    made.weight("plain", Shape.of(2, 3), plain, ModelStateTest::count);
    try (var reader = SafetensorsReader.open(save(made.all()))) {
      assertThat(reader.tensor("conv").shape()).hasToString("[1, 3, 1, 2]");
      assertThat(reader.floats("conv")).containsExactly(0, 3, 1, 4, 2, 5);
      assertThat(reader.floats("fc")).containsExactly(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11);
      assertThat(reader.floats("plain")).containsExactly(0, 1, 2, 3, 4, 5);
    }
  }

  private static float[] count(Shape shape, long seed) {
    var values = new float[shape.size()];
    for (var i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return values;
  }

  @Test
  void otherPartsAndPyTorchsCountersArePassedOver() throws IOException {
    var saved = network(SHALLOW, 1);
    var writer = new SafetensorsWriter();
    ModelState.save(writer, "", saved);
    writer.add("head.weight", Shape.of(1), new float[1], 0);
    writer.add("optimizer.conv1.weight", Shape.of(1), new float[1], 0);
    writer.add("bn1.num_batches_tracked", Shape.of(1), new int[] {7});
    var loaded = network(SHALLOW, 2);
    load(write(writer), loaded);
    assertThat(loaded.getFirst().value().toDoubles())
        .isEqualTo(saved.getFirst().value().toDoubles());
  }

  @Test
  void onePartIsLoadedWithoutTheOthers() throws IOException {
    var writer = new SafetensorsWriter();
    ModelState.save(writer, "", network(SHALLOW, 1));
    writer.add("head.weight", Shape.of(2), new float[] {3, 4}, 0);
    var head = new Parameters(scope, 0);
    head.vector("head.weight", 2, Initializer.constant(0));
    load(write(writer), head.all());
    assertThat(head.all().getFirst().value().toDoubles()).containsExactly(3, 4);
  }

  @Test
  void deeperNetworkIsRefused() throws IOException {
    var file = save(network(DEEP, 1));
    var loaded = network(SHALLOW, 2);
    var before = loaded.getFirst().value().toDoubles();
    assertThatThrownBy(() -> load(file, loaded))
        .isInstanceOf(WeightFileException.class)
        .hasMessageStartingWith(file + ": it holds another model: the model has no 'layer2.1.")
        .hasMessageMatching(".*; and \\d+ more tensors");
    assertThat(loaded.getFirst().value().toDoubles()).isEqualTo(before);
  }

  @Test
  void shallowerNetworkIsRefused() throws IOException {
    var file = save(network(SHALLOW, 1));
    var loaded = network(DEEP, 2);
    assertThatThrownBy(() -> load(file, loaded))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining("'layer2.1.bn1.weight' is missing; ");
  }

  @Test
  void otherShapesAreNamedBoth() throws IOException {
    var file = save(network(WIDE, 1));
    var loaded = network(SHALLOW, 2);
    assertThatThrownBy(() -> load(file, loaded))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining(
            "'conv1.weight' is [5, 3, 3, 3], the model expects [4, 3, 3, 3]; "
                + "'bn1.weight' is [5], the model expects [4]; ");
  }
}
