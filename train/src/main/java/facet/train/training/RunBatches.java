package facet.train.training;

import facet.nn.loss.DdlBatch;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.data.batch.Augmentation;
import facet.train.data.batch.BatchLoader;
import facet.train.data.batch.ClassificationSampler;
import facet.train.data.batch.DdlSampler;
import facet.train.data.batch.FirstBatches;
import facet.train.data.batch.Sampler;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The batches of a run.
///
/// @param layout of batches of easy and hard images, null for plain ones
record RunBatches(
    TrainOptions options, FaceDataset data, Sampler sampler, @Nullable DdlBatch layout) {
  /// How many batches are prepared ahead.
  static final int AHEAD = 3;

  /// @param log takes a line about what batches are made of
  static RunBatches of(TrainOptions options, FaceDataset data, Consumer<String> log) {
    var seed = options.run.seed;
    Sampler epochs;
    DdlBatch layout = null;
    if (options.loss.drawsBranches()) {
      var branches =
          new DdlSampler(options.loss.branch.branches(data, log), options.loss.branch.size, seed);
      epochs = branches;
      layout = branches.layout();
    } else {
      epochs = new ClassificationSampler(data, options.optimizer.batchSize, seed);
    }
    var first = options.run.overfit;
    return new RunBatches(
        options, data, first > 0 ? new FirstBatches(epochs, first) : epochs, layout);
  }

  /// The size of a batch as its option counts it.
  int size() {
    return layout == null ? sampler.batchSize() : layout.n();
  }

  /// Of a batch of easy and hard images; 0 for plain ones.
  int branches() {
    return layout == null ? 0 : layout.branches();
  }

  BatchLoader.Source source() {
    return new BatchLoader.Source(
        data,
        sampler,
        options.run.overfit > 0 ? Augmentation.NONE : options.augmentation.augmentation(),
        options.network().size(),
        options.run.seed);
  }

  /// Loads what a step needs of the batches from the one of step `start` on.
  BatchLoader loader(Step step, long start) {
    var perEpoch = sampler.stepsPerEpoch();
    return new BatchLoader(
        source(), step.part(), (int) (start / perEpoch), (int) (start % perEpoch), AHEAD, 1);
  }
}
