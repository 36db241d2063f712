package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.Scope;
import facet.tensor.Tape;
import facet.tensor.reference.ReferenceBackend;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Blocks and whole networks compute what PyTorch computes: forward, every gradient, the running
/// statistics after the step, and forward in inference.
class AgreementTest {
  private static final double TOLERANCE = 1e-11;

  @Test
  void blockWithStride1() {
    agrees(
        "block-stride1",
        p ->
            new ResidualBlock(p, IResNetVariant.INSIGHTFACE, "b", 6, 6, 1, Initializer.constant(0)),
        "b.");
  }

  @Test
  void blockWithStride2AndDownsample() {
    agrees(
        "block-stride2",
        p ->
            new ResidualBlock(p, IResNetVariant.INSIGHTFACE, "b", 5, 8, 2, Initializer.constant(0)),
        "b.");
  }

  @Test
  void wholeNetwork() {
    agrees("iresnet", p -> new IResNet(p, GoldenRun.SPEC), "");
  }

  private static void agrees(String file, Function<Parameters, Layer> make, String prefix) {
    try (var constants = Constants.open(file);
        var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var made = new Parameters(scope, 0);
      var module = make.apply(made);
      var parameters = made.all().stream().map(p -> without(prefix, p)).toList();
      constants.load("weight:", parameters);
      training(constants, scope, module, parameters);
      try (var tape = Tape.inference(backend)) {
        var y = module.forward(tape, constants.tensor(tape, "x"));
        assertThat(constants.deviation("inference", y.toDoubles())).isLessThan(TOLERANCE);
      }
    }
  }

  private static void training(
      Constants constants, Scope scope, Layer module, List<Parameter> parameters) {
    var x = constants.variable(scope, "x");
    try (var tape = Tape.on(scope.backend())) {
      var y = module.forward(tape, x);
      assertThat(constants.deviation("y", y.toDoubles())).isLessThan(TOLERANCE);
      var gradients = tape.backward(y, constants.tensor(tape, "dy"));
      var dx = gradients.of(x);
      assertThat(dx).isNotNull();
      assertThat(constants.deviation("dx", dx.toDoubles())).isLessThan(TOLERANCE);
      for (var p : parameters) {
        var gradient = gradients.of(p.value());
        assertThat(gradient != null)
            .as("gradient of %s", p.name())
            .isEqualTo(constants.has("gradient:" + p.name()));
        if (gradient != null) {
          assertThat(constants.deviation("gradient:" + p.name(), p, gradient))
              .as("gradient of %s", p.name())
              .isLessThan(TOLERANCE);
        } else if (constants.has("after:" + p.name())) {
          assertThat(constants.deviation("after:" + p.name(), p.value().toDoubles()))
              .as(p.name())
              .isLessThan(TOLERANCE);
        }
      }
    }
  }

  private static Parameter without(String prefix, Parameter p) {
    return new Parameter(p.name().substring(prefix.length()), p.value(), p.decay(), p.layout());
  }
}
