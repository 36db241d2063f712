package facet.train.data;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Some images of another dataset.
public class Subset extends ListedFaces {
  private final FaceDataset base;
  private final int[] indices;

  /// @param items what is known about the images, which may number people in their own way
  /// @param indices of the images in `base`
  Subset(FaceDataset base, List<Item> items, int... indices) {
    super(items);
    this.base = base;
    this.indices = indices;
  }

  /// Images in a chosen order, of people under the numbers that they have.
  public static Subset of(FaceDataset base, List<Integer> indices) {
    return new Subset(
        base,
        indices.stream().map(base::item).toList(),
        indices.stream().mapToInt(Integer::intValue).toArray());
  }

  /// The images of some people and domains; people without any are gone, the others renumbered.
  ///
  /// @param people which identities of `base` to take
  /// @param domains which domains of images
  public static Subset of(FaceDataset base, IntPredicate people, Predicate<Domain> domains) {
    var chosen =
        IntStream.range(0, base.size())
            .filter(
                i -> {
                  var item = base.item(i);
                  return people.test(item.identity()) && domains.test(item.domain());
                })
            .toArray();
    return new Subset(base, renumbered(base, chosen), chosen);
  }

  /// What is known about some images, their people numbered from 0 without gaps.
  static List<Item> renumbered(FaceDataset base, int... indices) {
    var number = new TreeMap<Integer, Integer>();
    Arrays.stream(indices)
        .map(i -> base.item(i).identity())
        .sorted()
        .forEach(identity -> number.putIfAbsent(identity, number.size()));
    return Arrays.stream(indices)
        .mapToObj(base::item)
        .map(item -> item.of(number.get(item.identity())))
        .toList();
  }

  @Override
  public int resolution(int index) {
    return base.resolution(indices[index]);
  }

  @Override
  public void load(int index, int size, byte[] rgb) {
    base.load(indices[index], size, rgb);
  }
}
