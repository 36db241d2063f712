package facet.train.data.batch;

/// Decides which images make up each batch: a pure function of seed, epoch and step, so training
/// can be resumed anywhere.
public interface Sampler {
  /// Images in every batch.
  int batchSize();

  /// Batches that make an epoch.
  int stepsPerEpoch();

  /// Writes the dataset's indices of the batch at `step` (from 0) of `epoch` (from 0) into `items`,
  /// `batchSize` long.
  void batch(int epoch, int step, int[] items);
}
