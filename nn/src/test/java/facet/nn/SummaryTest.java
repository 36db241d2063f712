package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.reference.ReferenceBackend;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummaryTest {
  /// Parameters and multiply-accumulates of insightface's networks, and of TFace's.
  @ParameterizedTest
  @CsvSource({
    "iresnet18, 24025600, 2.61",
    "iresnet34, 34139328, 4.46",
    "iresnet50, 43590848, 6.31",
    "iresnet100, 65156160, 12.09",
    "iresnet200, 118833920, 23.42",
    "ir18, 24020352, 2.60",
    "ir34, 34134080, 4.45",
    "ir50, 43585600, 6.30",
    "ir101, 65150912, 12.08"
  })
  void sizesAreThePublishedOnes(String name, long parameters, double gigamacs) {
    var spec = NetworkSpec.named(name);
    assertThat(spec).isNotNull();
    var summary = Summary.of(spec);
    assertThat(summary.parameters()).isEqualTo(parameters);
    assertThat(summary.macs() / 1e9).isCloseTo(gigamacs, within(0.005));
  }

  @Test
  void multiplyAccumulatesOfASmallNetworkByHand() {
    var spec = new IResNetSpec("small", List.of(1), 2, 9, 6, 0);
    var stem = 3 * 3 * 3 * 2 * 9 * 9;
    var block = 3 * 3 * 2 * 2 * 9 * 9 + 3 * 3 * 2 * 2 * 5 * 5 + 2 * 2 * 5 * 5; // and its shortcut
    var linear = 5 * 5 * 2 * 6;
    assertThat(Summary.of(spec).macs()).isEqualTo(stem + block + linear);
  }

  @Test
  void layersAreThoseOfTheNetwork() {
    var spec = new IResNetSpec("small", List.of(1, 2, 1, 2), 3, 19, 6, 0);
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      assertThat(new IResNet(parameters, spec).spec()).isEqualTo(spec);
      var actual = new LinkedHashMap<String, Long>();
      for (var p : parameters.all()) {
        if (!p.name().contains("running")) {
          var layer = p.name().substring(0, p.name().lastIndexOf('.'));
          actual.merge(layer, (long) p.value().size(), Long::sum);
        }
      }
      var expected = new LinkedHashMap<String, Long>();
      Summary.of(spec).layers().forEach(l -> expected.put(l.name(), l.parameters()));
      assertThat(expected).containsExactlyEntriesOf(actual);
    }
  }

  @Test
  void fusedLayersKeepNothing() {
    var layers = Summary.of(new IResNetSpec("small", List.of(1), 2, 9, 6, 0)).layers();
    assertThat(layers.getFirst())
        .isEqualTo(
            new Summary.Layer("conv1", "conv 3x3/1", Shape.of(9, 9, 2), 54, 54 * 81, 4 * 162));
    assertThat(layers.get(2).kind()).isEqualTo("prelu");
    assertThat(layers.get(2).activationBytes()).isZero();
    assertThat(layers.get(7).output()).hasToString("[5, 5, 2]");
  }
}
