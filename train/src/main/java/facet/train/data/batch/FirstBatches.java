package facet.train.data.batch;

/// The first batches of another sampler over and over: whatever can learn learns them by heart,
/// which shows that a set-up works.
///
/// @param count how many, at least 1
public record FirstBatches(Sampler sampler, int count) implements Sampler {
  @Override
  public int batchSize() {
    return sampler.batchSize();
  }

  @Override
  public int stepsPerEpoch() {
    return sampler.stepsPerEpoch();
  }

  @Override
  public void batch(int epoch, int step, int[] items) {
    var number = (int) (((long) epoch * stepsPerEpoch() + step) % count);
    sampler.batch(number / stepsPerEpoch(), number % stepsPerEpoch(), items);
  }
}
