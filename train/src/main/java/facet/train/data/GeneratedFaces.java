package facet.train.data;

import java.util.List;

/// Images that are computed instead of read.
public final class GeneratedFaces extends ListedFaces {
  /// Draws the image of an index: `size x size`, RGB, into the start of `rgb`, the same image
  /// whenever it is asked. Called from several threads.
  @FunctionalInterface
  public interface Generator {
    void render(int index, int size, byte[] rgb);
  }

  private final Generator generator;

  /// One image per item, drawn by `generator`.
  public GeneratedFaces(List<Item> items, Generator generator) {
    super(items);
    this.generator = generator;
  }

  @Override
  public void load(int index, int size, byte[] rgb) {
    generator.render(index, size, rgb);
  }
}
