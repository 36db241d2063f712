package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.reference.ReferenceBackend;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FoldedIResNetTest {
  private static final IResNetSpec SPEC =
      new IResNetSpec("iresnet-tiny", List.of(2, 1), 4, 9, 6, 0.3);

  /// A network all of whose parameters, running statistics too, are far from where they start.
  private static IResNet trained(Scope scope) {
    var parameters = new Parameters(scope, 1);
    var network = new IResNet(parameters, SPEC);
    var random = new Random(2);
    for (var p : parameters.all()) {
      var values = p.value().toDoubles();
      for (var i = 0; i < values.length; i++) {
        values[i] =
            p.name().endsWith("running_var")
                ? random.nextDouble(0.3, 3)
                : values[i] + 0.3 * random.nextGaussian();
      }
      p.value().set(values);
    }
    return network;
  }

  private static double[] embed(Backend backend, Layer network, double[] images) {
    try (var tape = Tape.inference(backend)) {
      return network.forward(tape, tape.of(Shape.of(3, 9, 9, 3), images)).toDoubles();
    }
  }

  @Test
  void computesWhatTheNetworkComputes() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var network = trained(scope);
      var images = new Random(4).doubles(3L * 9 * 9 * 3, -1, 1).toArray();
      var expected = embed(backend, network, images);
      var before = backend.pool().live();
      var folded = network.folded(scope);
      var weights = backend.pool().live() - before;
      var actual = embed(backend, folded, images);
      assertThat(actual).hasSameSizeAs(expected);
      for (var i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-10));
      }
      assertThat(backend.pool().live()).as("nothing is left").isEqualTo(before + weights);
    }
  }

  @Test
  void keepsTheImages() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.inference(backend)) {
      var folded = trained(scope).folded(scope);
      Tensor x = tape.full(Shape.of(1, 9, 9, 3), 0.5);
      folded.forward(tape, x);
      assertThat(x.toDoubles()).containsOnly(0.5);
    }
  }

  @Test
  void cannotBeTrained() {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.on(backend)) {
      var folded = trained(scope).folded(scope);
      var x = tape.zeros(Shape.of(1, 9, 9, 3));
      assertThatThrownBy(() -> folded.forward(tape, x))
          .hasMessage("a folded network cannot be trained; train what it is from");
    }
  }
}
