package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.ShapeException;
import facet.tensor.Tape;
import facet.tensor.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

class IResNetTest {
  private static final IResNetSpec SMALL =
      new IResNetSpec("small", List.of(1, 1, 1, 2), 2, 17, 5, 0.5);

  @Test
  void stateHasInsightfacesNamesInItsOrder() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var unused = new IResNet(parameters, SMALL);
      var names = parameters.all().stream().map(Parameter::name).toList();
      assertThat(names)
          .startsWith(
              "conv1.weight",
              "bn1.weight",
              "bn1.bias",
              "bn1.running_mean",
              "bn1.running_var",
              "prelu.weight",
              "layer1.0.bn1.weight",
              "layer1.0.bn1.bias",
              "layer1.0.bn1.running_mean",
              "layer1.0.bn1.running_var",
              "layer1.0.conv1.weight",
              "layer1.0.bn2.weight",
              "layer1.0.bn2.bias",
              "layer1.0.bn2.running_mean",
              "layer1.0.bn2.running_var",
              "layer1.0.prelu.weight",
              "layer1.0.conv2.weight",
              "layer1.0.bn3.weight",
              "layer1.0.bn3.bias",
              "layer1.0.bn3.running_mean",
              "layer1.0.bn3.running_var",
              "layer1.0.downsample.0.weight",
              "layer1.0.downsample.1.weight",
              "layer1.0.downsample.1.bias",
              "layer1.0.downsample.1.running_mean",
              "layer1.0.downsample.1.running_var",
              "layer2.0.bn1.weight")
          .contains("layer4.1.conv2.weight")
          .doesNotContain("layer4.1.downsample.0.weight")
          .endsWith(
              "bn2.running_var",
              "fc.weight",
              "fc.bias",
              "features.weight",
              "features.bias",
              "features.running_mean",
              "features.running_var");
      assertThat(unused.spec()).isEqualTo(SMALL);
    }
  }

  @Test
  void onlyMatricesDecayAndTheFeaturesWeightIsNotTrained() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      var unused = new IResNet(parameters, SMALL);
      assertThat(unused.spec().name()).isEqualTo("small");
      for (var p : parameters.all()) {
        assertThat(p.decay()).as(p.name()).isEqualTo(p.value().shape().rank() > 1);
        assertThat(p.trained())
            .as(p.name())
            .isEqualTo(!p.name().contains("running") && !p.name().equals("features.weight"));
      }
    }
  }

  @Test
  void sizesThatDoNotDivideAreRoundedUp() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var network = new IResNet(new Parameters(scope, 0), SMALL); // 17, 9, 5, 3, 2
      assertThat(SMALL.finalSide()).isEqualTo(2);
      try (var tape = Tape.inference(backend)) {
        var y = network.forward(tape, tape.zeros(Shape.of(3, 17, 17, 3)));
        assertThat(y.shape()).hasToString("[3, 5]");
      }
    }
  }

  @Test
  void inferenceKeepsTheResultOnly() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var network = new IResNet(new Parameters(scope, 0), SMALL);
      try (var tape = Tape.inference(backend)) {
        var x = tape.zeros(Shape.of(2, 17, 17, 3));
        var before = backend.pool().live();
        network.forward(tape, x);
        assertThat(backend.pool().live()).isEqualTo(before + 1);
      }
    }
  }

  @Test
  void dropoutFollowsTheSeedOfTheStep() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var network = new IResNet(new Parameters(scope, 0), SMALL);
      var images = Initializer.normal(1).values(Shape.of(3, 17, 17, 3), 1);
      var first = training(network, backend, images, 7);
      assertThat(training(network, backend, images, 7)).isEqualTo(first);
      assertThat(training(network, backend, images, 8)).isNotEqualTo(first);
    }
  }

  private static double[] training(
      IResNet network, ReferenceBackend backend, float[] images, long seed) {
    try (var tape = Tape.training(backend, seed)) {
      var x = tape.of(Shape.of(3, 17, 17, 3), images);
      return network.forward(tape, x).toDoubles();
    }
  }

  @Test
  void imagesOfAnotherSizeAreRefused() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.inference(backend)) {
      var network = new IResNet(new Parameters(scope, 0), SMALL);
      var x = tape.zeros(Shape.of(2, 16, 17, 3));
      assertThatThrownBy(() -> network.forward(tape, x))
          .isInstanceOf(ShapeException.class)
          .hasMessage("iResNet: images must be [n, 17, 17, 3] NHWC, are [2, 16, 17, 3]");
    }
  }
}
