package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.nn.NetworkFile.Channels;
import facet.nn.NetworkFile.Hints;
import facet.nn.io.SafetensorsWriter;
import facet.nn.io.TorchFiles;
import facet.nn.io.WeightFile;
import facet.nn.io.WeightFileException;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Networks that PyTorch saved compute here what they compute there.
class NetworkFileTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "iresnet, insightface's IResNet, 4, RGB, ''",
    "iresnet-legacy, insightface's IResNet, 4, RGB, state_dict_backbone.module.",
    "ir, TFace's and AdaFace's IR, 4, BGR, state_dict.model.",
    "ir-half, TFace's and AdaFace's IR, 4, RGB, ''",
    "ir-early, face.evoLVe's IR, 4, RGB, ''",
    "ir-se, TFace's IR-SE, 16, RGB, ''",
    "ir-se-early, InsightFace_Pytorch's and face.evoLVe's IR-SE, 16, RGB, ''",
    "mobile, insightface's MobileFaceNet, 8, RGB, module.",
    "mobile-deep, insightface's MobileFaceNet, 4, BGR, ''",
    "mobile-early, insightface's MobileFaceNet, 4, RGB, state_dict.module."
  })
  void embeddingsAreThoseOfPyTorch(
      String name, String title, int width, Channels channels, String prefix) throws IOException {
    var file = TorchFiles.copy(name + ".pth", folder);
    try (var constants = WeightFile.open(TorchFiles.copy("expected.pth", folder));
        var networkFile = NetworkFile.open(file, new Hints(channels, null));
        var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var spec = networkFile.spec();
      assertThat(spec.title()).isEqualTo(title);
      assertThat(spec.width()).isEqualTo(width);
      assertThat(spec.size()).isEqualTo(32);
      assertThat(spec.embedding()).isEqualTo(8);
      assertThat(networkFile.describe())
          .startsWith(file + ": " + title)
          .contains(channels + " input")
          .contains(prefix.isEmpty() ? "input" : "names after '" + prefix + "'");
      var parameters = new Parameters(scope, 0);
      var network = spec.build(parameters);
      networkFile.load(parameters.all());
      var expected = constants.floats(name);
      for (var module : List.of(network, network.folded(scope))) {
        try (var tape = Tape.inference(backend)) {
          var x = tape.of(Shape.of(3, 32, 32, 3), constants.floats("images"));
          var y = module.forward(tape, x).toFloats();
          assertThat(y).hasSameSizeAs(expected);
          for (var i = 0; i < y.length; i++) {
            assertThat(y[i]).isCloseTo(expected[i], within(1e-5f));
          }
        }
      }
    }
  }

  @Test
  void theWrongOrderOfChannelsIsAnotherFunction() throws IOException {
    var file = TorchFiles.copy("ir.pth", folder);
    try (var rgb = NetworkFile.open(file, Hints.NONE);
        var bgr = NetworkFile.open(file, new Hints(Channels.BGR, null));
        var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var first = new Parameters(scope, 0);
      var second = new Parameters(scope, 0);
      assertThat(rgb.spec().build(first).spec()).isEqualTo(bgr.spec().build(second).spec());
      rgb.load(first.all());
      bgr.load(second.all());
      assertThat(first.all().getFirst().value().toFloats())
          .isNotEqualTo(second.all().getFirst().value().toFloats());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          missing.pth | it holds another model: 'layer2.0.bn2.bias' is missing
          toomany.pth | the model has no 'layer2.0.se.fc1.weight'
          twice.pth   | it holds 2 networks, under ['student.', 'teacher.']: save one of them alone
          formats.pth | it holds no network that is known
          """)
  void whatIsMissingTooManyOrUnknownIsNamed(String name, String problem) throws IOException {
    var file = TorchFiles.copy(name, folder);
    assertThatThrownBy(() -> NetworkFile.open(file, Hints.NONE))
        .isInstanceOf(WeightFileException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(problem);
  }

  @Test
  void networksOfMagFacesCodeAreRefused() throws IOException {
    var file = folder.resolve("magface.safetensors");
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 3);
      assertThat(new IResNetSpec("iresnet", List.of(1, 2), 3, 16, 5, 0).build(parameters))
          .isNotNull();
      var writer = new SafetensorsWriter();
      ModelState.save(writer, "features.module.", parameters.all());
      writer.write(file);
    }
    assertThatThrownBy(() -> NetworkFile.open(file, Hints.NONE))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining("names begin with 'features.module.', as MagFace's do");
  }

  @Test
  void theSizeIsAsHintedWhereItFits() throws IOException {
    var file = TorchFiles.copy("iresnet.pth", folder);
    try (var hinted = NetworkFile.open(file, new Hints(Channels.RGB, 26))) {
      assertThat(hinted.spec().size()).isEqualTo(26);
    }
    assertThatThrownBy(() -> NetworkFile.open(file, new Hints(Channels.RGB, 24)))
        .hasMessageContaining("images of 24 pixels become 3 before the last layer");
  }

  @Test
  void safetensorsWithoutOurHeaderAreRecognised() throws IOException {
    var spec = new IResNetSpec("iresnet", List.of(1, 2), 3, 16, 5, 0);
    var file = folder.resolve("plain.safetensors");
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 3);
      assertThat(spec.build(parameters).spec()).isEqualTo(spec);
      var writer = new SafetensorsWriter();
      ModelState.save(writer, "backbone.", parameters.all());
      writer.write(file);
      try (var network = NetworkFile.open(file, Hints.NONE)) {
        assertThat(network.spec()).isEqualTo(spec);
        var loaded = new Parameters(scope, 4);
        assertThat(network.spec().build(loaded).spec()).isEqualTo(spec);
        network.load(loaded.all());
        for (var i = 0; i < loaded.all().size(); i++) {
          assertThat(loaded.all().get(i).value().toFloats())
              .isEqualTo(parameters.all().get(i).value().toFloats());
        }
      }
    }
  }

  /// The weights alone would do for 49 to 64 pixels, too.
  @Test
  void aNetworkLikeOneOfOursTakesImagesOfItsSize() throws IOException {
    var tiny = IResNetSpec.PRESETS.get("iresnet-tiny");
    var file = folder.resolve("tiny.safetensors");
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 3);
      assertThat(tiny.build(parameters).spec()).isEqualTo(tiny);
      var writer = new SafetensorsWriter();
      ModelState.save(writer, "", parameters.all());
      writer.write(file);
    }
    try (var guessed = NetworkFile.open(file, Hints.NONE);
        var hinted = NetworkFile.open(file, new Hints(Channels.RGB, 64))) {
      assertThat(guessed.spec()).isEqualTo(tiny);
      assertThat(hinted.spec().size()).isEqualTo(64);
    }
  }

  /// One of every kind.
  static Stream<NetworkSpec> small() {
    return Stream.concat(
        Stream.of(IResNetVariant.values())
            .map(variant -> new IResNetSpec("x", variant, List.of(2, 1, 2), 2, 16, 3, 0)),
        Stream.of(
            new MobileFaceNetSpec("x", List.of(1, 2, 1, 1), 4, 4, 20, 3),
            new MobileFaceNetSpec("x", List.of(2, 1, 1, 1), 3, 4, 16, 3)));
  }

  /// What a spec expects of a file is what a network of it has, name for name, in that order.
  @ParameterizedTest
  @MethodSource("small")
  void expectedTensorsAreThoseOfTheNetwork(NetworkSpec spec) {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      assertThat(spec.build(parameters).spec()).isEqualTo(spec);
      var expected = NetworkFile.expected(spec);
      assertThat(expected.keySet())
          .containsExactlyElementsOf(parameters.all().stream().map(Parameter::name).toList());
      for (var p : parameters.all()) {
        var shape = FileLayout.of(p.layout(), p.value().shape()).fileShape();
        assertThat(expected.get(p.name())).as(p.name()).isEqualTo(shape);
      }
    }
  }
}
