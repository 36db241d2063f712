package facet.train.training;

import facet.nn.loss.HeadMatrix;
import facet.nn.optim.Schedule;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/// What a rank that does not lead does in a run: what it is ordered to.
///
/// @param schedule the rate of each step, the same on all ranks
record Follower(Job job, RunModel model, RunBatches batches, Schedule schedule) {
  /// Follows from `start`, the step at which the run begins, to its end.
  ///
  /// @return the exit code of the job
  int follow(long start, BooleanSupplier interrupted) {
    var step = start;
    try (var loader = batches.loader(model.step(), start)) {
      while (true) {
        var order = job.await();
        switch (Job.Order.values()[(int) order[0]]) {
          case STEP -> {
            if (job.survives(
                at -> model.step().run(job.loaded(loader, interrupted), at, schedule.at(at)),
                step)) {
              step++;
            }
          }
          case ROWS ->
              Objects.requireNonNull(model.state().head())
                  .classes()
                  .gather(
                      HeadMatrix.values()[(int) order[1]],
                      (long) order[2],
                      new float[(int) order[3]]);
          case END -> {
            return (int) order[1];
          }
        }
      }
    }
  }
}
