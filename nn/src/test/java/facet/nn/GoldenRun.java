package facet.nn;

import facet.nn.loss.MarginHead;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Schedule;
import facet.nn.optim.Sgd;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.kernel.Margin;
import java.util.Arrays;
import java.util.List;

/// Ten SGD steps of a tiny network with ArcFace that PyTorch made in float64; every backend must
/// follow them: momentum .9, weight decay, clipping (which bites in most steps), warm-up and
/// cosine.
public final class GoldenRun {
  /// The network of the run.
  static final IResNetSpec SPEC = new IResNetSpec("golden", List.of(1, 2, 1, 1), 4, 20, 8, 0);

  private static final int STEPS = 10;
  private static final int BATCH = 8;
  private static final int CLASSES = 5;

  private GoldenRun() {}

  /// How far a run strayed, each as a share of the largest number in question.
  ///
  /// @param losses of all steps
  /// @param norms gradient norms before clipping, of all steps
  /// @param weights after the last step, the worst tensor of all, statistics included
  public record Deviation(double losses, double norms, double weights) {}

  /// Runs the ten steps on `backend`.
  public static Deviation run(Backend backend) {
    try (var constants = Constants.open("golden");
        var scope = Scope.on(backend)) {
      var body = new Parameters(scope, 0);
      var network = new IResNet(body, SPEC);
      var top = new Parameters(scope, 0);
      var margin = new Margin(Margin.Kind.ARCFACE, 0.3, 16);
      var head = new MarginHead(top, CLASSES, SPEC.embedding(), margin);
      constants.load("weight:", body.all());
      constants.load("weight:", top.all());
      var sgd =
          new Sgd(
              scope,
              0.9,
              new Optimizer.Group(body.all(), 5e-4, 5),
              new Optimizer.Group(top.all(), 5e-4, 0));
      var schedule = new Schedule(new Schedule.Cosine(), 0.05, STEPS, 3);
      var images = constants.doubles("images");
      var labels = constants.ints("labels");
      var losses = new double[STEPS];
      var norms = new double[STEPS];
      for (var step = 0; step < STEPS; step++) {
        try (var tape = Tape.training(backend, step)) {
          var x = tape.of(Shape.of(BATCH, 20, 20, 3), part(images, step % 2, images.length / 2));
          var first = step % 2 * BATCH;
          var y = tape.ints(Arrays.copyOfRange(labels, first, first + BATCH));
          var loss = head.loss(tape, network.forward(tape, x), y);
          losses[step] = loss.item();
          norms[step] = sgd.step(tape.lastBackward(loss), schedule.at(step));
        }
      }
      var weights = Math.max(worst(constants, body.all()), worst(constants, top.all()));
      return new Deviation(
          constants.deviation("losses", losses), constants.deviation("norms", norms), weights);
    }
  }

  private static double[] part(double[] values, int index, int length) {
    return Arrays.copyOfRange(values, index * length, (index + 1) * length);
  }

  private static double worst(Constants constants, List<Parameter> parameters) {
    return parameters.stream()
        .mapToDouble(p -> constants.deviation("after:" + p.name(), p, p.value()))
        .max()
        .orElseThrow();
  }
}
