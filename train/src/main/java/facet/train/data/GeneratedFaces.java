package facet.train.data;

import java.util.List;

/// Images that are computed instead of read.
public final class GeneratedFaces implements FaceDataset {
  /// Draws the image of an index: `size x size`, RGB, into the start of `rgb`, the same image
  /// whenever it is asked. Called from several threads.
  @FunctionalInterface
  public interface Generator {
    void render(int index, int size, byte[] rgb);
  }

  private final List<Item> items;
  private final int identities;
  private final Generator generator;

  /// One image per item, drawn by `generator`.
  public GeneratedFaces(List<Item> items, Generator generator) {
    this.items = List.copyOf(items);
    this.identities = items.stream().mapToInt(Item::identity).max().orElse(-1) + 1;
    this.generator = generator;
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public int identities() {
    return identities;
  }

  @Override
  public Item item(int index) {
    return items.get(index);
  }

  @Override
  public void load(int index, int size, byte[] rgb) {
    generator.render(index, size, rgb);
  }
}
