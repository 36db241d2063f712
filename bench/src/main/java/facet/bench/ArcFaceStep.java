package facet.bench;

import facet.nn.NetworkSpec;
import facet.nn.Parameters;
import facet.nn.loss.MarginHead;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.tensor.Scope;
import facet.tensor.kernel.Margin;
import facet.train.training.Objective;
import facet.train.training.TrainStep;

/// The training step that is measured everywhere: ArcFace, SGD with momentum and weight decay.
public final class ArcFaceStep {
  private ArcFaceStep() {}

  /// @param classes people that the head distinguishes
  /// @param maxNorm to which the network's gradient is clipped, 0 for no clipping
  public static TrainStep of(Scope scope, NetworkSpec spec, int classes, double maxNorm) {
    var parameters = new Parameters(scope, 1);
    var network = spec.build(parameters);
    var headParameters = new Parameters(scope, 2);
    var margin = new Margin(Margin.Kind.ARCFACE, 0.5, 64);
    var head = new MarginHead(headParameters, classes, spec.embedding(), margin);
    var optimizer =
        new Sgd(
            scope,
            0.9,
            new Optimizer.Group(parameters.all(), 5e-4, maxNorm),
            new Optimizer.Group(headParameters.all(), 5e-4, 0));
    var objective = new Objective.Classify(head);
    return new TrainStep(scope.backend(), network, objective, optimizer, spec.size(), 1, 1);
  }
}
