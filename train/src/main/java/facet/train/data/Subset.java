package facet.train.data;

import java.util.List;

/// Some images of another dataset, in a chosen order; identities stay as they are.
public final class Subset implements FaceDataset {
  private final FaceDataset base;
  private final int[] indices;

  public Subset(FaceDataset base, List<Integer> indices) {
    this.base = base;
    this.indices = indices.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public int identities() {
    return base.identities();
  }

  @Override
  public Item item(int index) {
    return base.item(indices[index]);
  }

  @Override
  public void load(int index, int size, byte[] rgb) {
    base.load(indices[index], size, rgb);
  }
}
