package facet.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;

/// The images one branch of a DDL batch is drawn from, grouped by person.
public final class Branch {
  private final String name;
  private final List<List<Integer>> people;

  private Branch(String name, List<List<Integer>> people) {
    this.name = name;
    this.people = people;
  }

  /// The images of a domain.
  public static Branch of(FaceDataset data, Domain domain) {
    return of(data, domain.folder(), item -> item.domain() == domain);
  }

  /// The images that satisfy `chosen`, under a name for messages: several students may share the
  /// hard domain, one for each kind of hardness.
  public static Branch of(FaceDataset data, String name, Predicate<FaceDataset.Item> chosen) {
    var byIdentity = new TreeMap<Integer, List<Integer>>();
    for (int i = 0; i < data.size(); i++) {
      FaceDataset.Item item = data.item(i);
      if (chosen.test(item)) {
        byIdentity.computeIfAbsent(item.identity(), identity -> new ArrayList<>()).add(i);
      }
    }
    return new Branch(name, byIdentity.values().stream().map(List::copyOf).toList());
  }

  /// What messages call it.
  public String name() {
    return name;
  }

  /// The dataset's indices of each person's images, at least one each.
  public List<List<Integer>> people() {
    return people;
  }

  /// Those people who have two images to make a pair of.
  public List<List<Integer>> peopleWithPairs() {
    return people.stream().filter(images -> images.size() >= 2).toList();
  }

  /// Images of the branch.
  public int size() {
    return people.stream().mapToInt(List::size).sum();
  }
}
