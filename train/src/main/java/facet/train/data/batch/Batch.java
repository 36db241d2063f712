package facet.train.data.batch;

/// A batch ready for the network. Its arrays are used again: they hold until the next call of
/// [BatchLoader#next].
public final class Batch {
  private final float[] images;
  private final int[] labels;
  private final int[] items;
  private int epoch;
  private int step;

  /// Room for `count` images of `size x size`.
  public Batch(int count, int size) {
    this(count, count, size);
  }

  /// Room for `own` images of the batch's `count`.
  public Batch(int count, int own, int size) {
    images = new float[Math.multiplyExact(own, 3 * size * size)];
    labels = new int[count];
    items = new int[count];
  }

  void place(int epoch, int step) {
    this.epoch = epoch;
    this.step = step;
  }

  /// `[batch, size, size, 3]`, RGB, in `[-1, 1]`; a part of the batch if the loader prepares one.
  public float[] images() {
    return images;
  }

  /// `[batch]`, each image's identity.
  public int[] labels() {
    return labels;
  }

  /// `[batch]`, each image's index in the dataset.
  public int[] items() {
    return items;
  }

  /// From 0.
  public int epoch() {
    return epoch;
  }

  /// Within the epoch, from 0.
  public int step() {
    return step;
  }
}
