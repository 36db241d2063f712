package facet.train.data;

import java.util.List;

/// A dataset that knows its items from the start.
public abstract class ListedFaces implements FaceDataset {
  private final List<Item> items;
  private final int identities;

  protected ListedFaces(List<Item> items) {
    this.items = List.copyOf(items);
    this.identities = items.stream().mapToInt(Item::identity).max().orElse(-1) + 1;
  }

  @Override
  public final int size() {
    return items.size();
  }

  @Override
  public final int identities() {
    return identities;
  }

  @Override
  public final Item item(int index) {
    return items.get(index);
  }
}
