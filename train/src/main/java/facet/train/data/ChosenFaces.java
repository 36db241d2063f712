package facet.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/// Some people of another dataset, renumbered without gaps, and of their images those of some
/// domains.
public final class ChosenFaces extends ListedFaces {
  private final FaceDataset base;
  private final int[] indices;

  private ChosenFaces(FaceDataset base, List<Item> items, List<Integer> indices) {
    super(items);
    this.base = base;
    this.indices = indices.stream().mapToInt(Integer::intValue).toArray();
  }

  /// @param people which identities of `base` to take; those without an image are left out
  /// @param domains which domains of images
  public static ChosenFaces of(FaceDataset base, IntPredicate people, Predicate<Domain> domains) {
    var number = new int[base.identities()]; // the new one, from 1
    for (var i = 0; i < base.size(); i++) {
      if (isChosen(base.item(i), people, domains)) {
        number[base.item(i).identity()] = 1;
      }
    }
    var count = 0;
    for (var p = 0; p < number.length; p++) {
      count += number[p];
      number[p] = number[p] == 0 ? 0 : count;
    }
    var items = new ArrayList<Item>();
    var indices = new ArrayList<Integer>();
    for (var i = 0; i < base.size(); i++) {
      var item = base.item(i);
      if (isChosen(item, people, domains)) {
        items.add(item.of(number[item.identity()] - 1));
        indices.add(i);
      }
    }
    return new ChosenFaces(base, items, indices);
  }

  private static boolean isChosen(Item item, IntPredicate people, Predicate<Domain> domains) {
    return people.test(item.identity()) && domains.test(item.domain());
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
