package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

/// MagFace with the easy margin, worked out by hand: people at 0, 120 and 240 degrees, two images
/// of the first, one near it and one beyond 90 degrees.
class MagFaceTest {
  private static final double SCALE = 4;

  private static double[] at(double length, double degrees) {
    var angle = Math.toRadians(degrees);
    return new double[] {length * Math.cos(angle), length * Math.sin(angle)};
  }

  private static double cos(double degrees) {
    return Math.cos(Math.toRadians(degrees));
  }

  private static double entropy(double target, double... others) {
    var sum = Math.exp(SCALE * target);
    for (var other : others) {
      sum += Math.exp(SCALE * other);
    }
    return Math.log(sum) - SCALE * target;
  }

  @Test
  void anEasyMarginEndsAtNinetyDegrees() {
    var near = at(20, 30);
    var far = at(60, 130);
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend);
        var tape = Tape.on(backend)) {
      var classes = new Parameters(scope, 1);
      var head = new MarginHead(classes, 3, 2, new HeadSettings.MagFace(SCALE, true));
      var w = classes.all().getFirst().value();
      w.set(1, 0, cos(120), cos(30), cos(240), -cos(30));
      var z = scope.variable(Shape.of(2, 2));
      z.set(near[0], near[1], far[0], far[1]);
      var loss = head.loss(tape, z, tape.ints(0, 0));

      var margin = Math.toDegrees(0.45 + 0.0035 * (20 - 10));
      var softmax =
          (entropy(cos(30 + margin), cos(90), cos(210)) + entropy(cos(130), cos(10), cos(110))) / 2;
      var penalty = 35 * (1 / 20.0 + 20 / 12100.0 + 1 / 60.0 + 60 / 12100.0) / 2;
      assertThat(loss.item()).isCloseTo(softmax + penalty, within(1e-12));
      // the length of the image without a margin moves the penalty only
      var dz = tape.backward(loss).of(z).toDoubles();
      var along = (dz[2] * far[0] + dz[3] * far[1]) / 60;
      assertThat(along).isCloseTo(35 * (1 / 12100.0 - 1 / 3600.0) / 2, within(1e-12));
    }
  }
}
