package facet.train.training;

import facet.tensor.Backend;
import facet.train.data.batch.Batch;
import facet.train.data.batch.ShardRange;
import facet.train.error.FacetException;

/// Takes training steps: on a whole batch in one process ([TrainStep]), or on shards of it that
/// several ranks may have ([ShardedStep]).
public sealed interface Step permits TrainStep, ShardedStep {
  /// Takes step number `step` (from 0, over all epochs) at learning rate `rate`.
  ///
  /// @throws FacetException with [facet.train.error.ExitCode#DIVERGED] if the loss or a gradient is
  ///     not finite, the weights are then those of the step before; or if a weight or a running
  ///     statistic is not after the update
  TrainStep.Result run(Batch batch, long step, double rate);

  /// What it computes on.
  Backend backend();

  /// What it minimises.
  Objective objective();

  /// The side of the images in pixels.
  int size();

  /// The images of a batch that this process looks at.
  default ShardRange part() {
    return ShardRange.WHOLE;
  }

  /// Seconds that this rank has waited for others since this was last asked.
  default double takeWaited() {
    return 0;
  }
}
