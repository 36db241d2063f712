package facet.train.data.batch;

import static facet.train.error.Printable.format;

import facet.train.data.FaceDataset;
import facet.train.data.RandomStream;
import facet.train.error.FacetException;

/// Every image once an epoch, in an order of its own each epoch; the rest that does not fill a
/// batch is dropped.
public final class ClassificationSampler implements Sampler {
  private final int images;
  private final int batchSize;
  private final RandomStream random;

  public ClassificationSampler(FaceDataset data, int batchSize, long seed) {
    if (batchSize < 1) {
      throw FacetException.usage("batch size " + batchSize + " must be at least 1.");
    }
    if (data.identities() < 2) {
      throw FacetException.data(
          "Training needs at least 2 people to tell apart, the data has "
              + data.identities()
              + "; add people or select more of them.");
    }
    if (batchSize > data.size()) {
      throw FacetException.data(
          format(
              "A batch of %,d images is larger than the data's %,d; use a smaller --batch-size.",
              batchSize, data.size()));
    }
    this.images = data.size();
    this.batchSize = batchSize;
    this.random = new RandomStream(seed);
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public int stepsPerEpoch() {
    return images / batchSize;
  }

  @Override
  public void batch(int epoch, int step, int[] items) {
    var order = new Permutation(images, random.at(epoch));
    for (int i = 0; i < batchSize; i++) {
      items[i] = order.at(step * batchSize + i);
    }
  }
}
