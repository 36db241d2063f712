package facet.train.data;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The images of another dataset that could be decoded, for a set too large to be kept in memory
/// whose unreadable images are to be left out. For training, an image that goes bad later is
/// replaced by the next one of its person and domain, which is logged once, so that a batch keeps
/// its size and a resumed run draws the same one. Elsewhere it is an error: a figure or an
/// embedding of another image would be wrong.
final class CheckedDataset extends Subset {
  private final boolean replaces;
  private final Consumer<String> log;
  private final ConcurrentHashMap<Integer, Integer> replaced = new ConcurrentHashMap<>();

  /// @param indices of the images in `source` that can be used
  /// @param replaces whether an image that goes bad is replaced
  CheckedDataset(FaceDataset source, int[] indices, boolean replaces, Consumer<String> log) {
    super(source, renumbered(source, indices), indices);
    this.replaces = replaces;
    this.log = log;
  }

  @Override
  public void load(int index, int size, byte[] rgb) {
    var other = replaced.get(index);
    if (other != null) {
      super.load(other, size, rgb);
      return;
    }
    try {
      super.load(index, size, rgb);
    } catch (FacetException e) {
      if (!replaces) {
        throw new LostImageException(e);
      }
      replace(index, size, rgb, e);
    }
  }

  private void replace(int index, int size, byte[] rgb, FacetException why) {
    var item = item(index);
    for (var step = 1; step < size(); step++) {
      var other = (index + step) % size();
      if (item(other).identity() == item.identity() && item(other).domain() == item.domain()) {
        try {
          super.load(other, size, rgb);
        } catch (FacetException e) {
          continue; // unreadable, too
        }
        if (replaced.put(index, other) == null) {
          log.accept(
              format(
                  "left out from now on: %s (%s takes its place)",
                  why.getMessage(), item(other).source()));
        }
        return;
      }
    }
    throw why;
  }
}
