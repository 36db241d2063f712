package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.Constants;
import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;
import facet.tensor.op.MatMul;
import facet.tensor.op.Normalize;
import facet.tensor.reference.ReferenceBackend;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The losses and their gradients are those that PyTorch's autograd computes.
class LossAgreementTest {
  private static final double TOLERANCE = 1e-11;

  /// One target lies beyond `theta + m > pi`, one near angle 0.
  @ParameterizedTest
  @EnumSource
  void marginSoftmax(Margin.Kind kind) {
    try (var constants = Constants.open("margins");
        var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var x = constants.variable(scope, "embeddings");
      var w = constants.variable(scope, "classes");
      var labels = constants.ints("labels");
      var m =
          switch (kind) {
            case SOFTMAX -> 0;
            case COSFACE -> 0.35;
            case ARCFACE, ARCFACE_EASY, ARCFACE_STRAIGHT_THROUGH -> 0.5;
          };
      try (var tape = Tape.on(backend)) {
        var c =
            tape.apply(
                new MatMul(false, true),
                tape.apply(new Normalize(1e-12), x),
                tape.apply(new Normalize(1e-12), w));
        var cosines = scope.variable(c.shape());
        cosines.set(c.toDoubles());
        var op = new MarginSoftmax(new Margin(kind, m, 32), tape.ints(labels));
        var loss = tape.apply(op, c);
        agrees(constants, kind + ":loss", loss);
        var gradients = tape.backward(loss);
        agrees(constants, kind + ":dx", gradients.of(x));
        agrees(constants, kind + ":dw", gradients.of(w));
        var dc = tape.backward(tape.apply(op, cosines)).of(cosines);
        agrees(constants, kind + ":dc", dc);
      }
    }
  }

  /// Two steps, so that what a head remembers of the first shows in the second.
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MAGFACE_EASY") // MagFaceTest has it
  void adaptiveHeads(AdaptiveMargin.Kind kind) {
    try (var constants = Constants.open("heads");
        var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var w = constants.variable(scope, "classes");
      var settings =
          switch (kind) {
            case SPHEREFACE -> new HeadSettings.SphereFace(1.35, 32);
            case CURRICULARFACE -> new HeadSettings.CurricularFace(32);
            case ADAFACE -> new HeadSettings.AdaFace(32);
            case MAGFACE -> new HeadSettings.MagFace(32);
            case MAGFACE_EASY -> new HeadSettings.MagFace(32, true);
          };
      var parameters = new Parameters(scope, 1);
      var head = new MarginHead(parameters, 9, 16, settings);
      var all = parameters.all();
      all.getFirst().value().set(w.toDoubles());
      for (var step = 0; step < 2; step++) {
        var x = constants.variable(scope, "embeddings" + step);
        try (var tape = Tape.on(backend)) {
          var loss = head.loss(tape, x, tape.ints(constants.ints("labels")));
          var gradients = tape.backward(loss);
          agrees(constants, kind + ":" + step + ":loss", loss);
          agrees(constants, kind + ":" + step + ":dx", gradients.of(x));
          agrees(constants, kind + ":" + step + ":dw", gradients.of(all.getFirst().value()));
        }
      }
      for (var state : all.subList(1, all.size())) {
        assertThat(state.trained()).isFalse();
        agrees(constants, kind + ":" + state.name().replace("head.", ""), state.value());
      }
      assertThat(all)
          .hasSize(
              switch (kind) {
                case SPHEREFACE, MAGFACE, MAGFACE_EASY -> 1;
                case CURRICULARFACE -> 2;
                case ADAFACE -> 3;
              });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2, full, false", "2, full, true", "2, official, false", "2, official, true",
    "3, full, false", "3, full, true", "3, official, false", "3, official, true"
  })
  void distributionDistillation(int branches, String grid, boolean detach) {
    try (var constants = Constants.open("ddl");
        var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var z = constants.variable(scope, branches + ":z");
      var labels = constants.ints(branches + ":labels");
      var s = grid.equals("full") ? DdlSettings.DEFAULT : DdlSettings.OFFICIAL;
      var settings =
          new DdlSettings(
              s.grid(), s.positiveWeight(), s.negativeWeight(), s.orderWeight(), s.e(), detach);
      try (var tape = Tape.on(backend)) {
        var loss =
            new DdlLoss(settings, new DdlBatch(6, branches)).loss(tape, z, tape.ints(labels));
        var key = branches + ":" + grid + (detach ? ":detached" : ":attached");
        assertThat(loss.shape()).isEqualTo(Shape.scalar());
        agrees(constants, key + ":loss", loss);
        agrees(constants, key + ":dz", tape.backward(loss).of(z));
      }
    }
  }

  private static void agrees(Constants constants, String key, Tensor actual) {
    assertThat(actual).as(key).isNotNull();
    assertThat(constants.deviation(key, actual.toDoubles())).as(key).isLessThan(TOLERANCE);
  }
}
