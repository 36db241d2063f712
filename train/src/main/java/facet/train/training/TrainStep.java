package facet.train.training;

import facet.nn.Layer;
import facet.nn.NonFiniteException;
import facet.nn.loss.LossTerms;
import facet.nn.optim.Sgd;
import facet.tensor.Backend;
import facet.tensor.Tape;
import facet.train.data.batch.Batch;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.util.Locale;
import java.util.Map;

/// One training step: forward, backward, update.
///
/// @param size side of the input images in pixels
/// @param seed of the run; with the step's number it decides the dropout masks
public record TrainStep(
    Backend backend, Layer network, Objective objective, Sgd optimizer, int size, long seed) {

  /// @param loss of the batch before the update
  /// @param terms what the loss is the sum of, by name; none if it is one term
  /// @param gradientNorm of the network before clipping
  public record Result(double loss, Map<String, Double> terms, double gradientNorm) {}

  /// Takes step number `step` (from 0, over all epochs) at learning rate `rate`.
  ///
  /// @throws FacetException with [ExitCode#DIVERGED] if the loss or a gradient is not finite, the
  ///     weights are then those of the step before; or if a weight or a running statistic is not
  ///     after the update
  public Result run(Batch batch, long step, double rate) {
    try (var tape = Tape.training(backend, seed + step)) {
      var x = tape.allocate(batch.labels().length, size, size, 3);
      x.set(batch.images());
      var labels = tape.ints(batch.labels());
      var parts = new LossTerms();
      var loss = objective.loss(tape, network.forward(tape, x), labels, parts);
      var value = loss.item();
      if (!Double.isFinite(value)) {
        var culprit = tape.firstNonFinite();
        throw diverged(
            String.format(
                Locale.ROOT,
                "The loss is %s at step %d (%s)",
                value,
                step,
                culprit == null ? "every op before it is finite" : "first in " + culprit),
            rate);
      }
      var terms = parts.values(); // backward gives their memory back
      var gradients = tape.lastBackward(loss);
      return new Result(value, terms, optimizer.step(gradients, rate));
    } catch (NonFiniteException e) {
      throw diverged(
          String.format(Locale.ROOT, "The training diverges at step %d (%s)", step, e.getMessage()),
          rate);
    }
  }

  private static FacetException diverged(String what, double rate) {
    return new FacetException(
        ExitCode.DIVERGED,
        String.format(
            Locale.ROOT,
            "%s; lower --lr (it is %.4g here), lengthen --warmup or lower --clip. The checkpoints"
                + " hold finite weights.",
            what,
            rate));
  }
}
