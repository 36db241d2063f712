package facet.train.data.batch;

import static facet.train.error.Printable.format;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// The images one branch of a DDL batch is drawn from, grouped by person.
public final class Branch {
  private final String name;
  private final List<List<Integer>> people;
  private final List<Pairing> pairings;

  /// How two lists of a person's images make pairs.
  public enum Kind {
    /// Two of one list.
    WITHIN,
    /// Any of the first with any of the second.
    ACROSS,
    /// The i-th of the first with the i-th of the second.
    LISTED
  }

  /// What pairs of a person are made of.
  ///
  /// @param firsts the first images
  /// @param seconds the second ones, or the same list
  public record Pairing(List<Integer> firsts, List<Integer> seconds, Kind kind) {}

  private Branch(String name, List<List<Integer>> people) {
    this(
        name,
        people,
        people.stream()
            .filter(images -> images.size() >= 2)
            .map(images -> new Pairing(images, images, Kind.WITHIN))
            .toList());
  }

  private Branch(String name, List<List<Integer>> people, List<Pairing> pairings) {
    this.name = name;
    this.people = people;
    this.pairings = pairings;
  }

  /// A teacher and its students, each of the hard images in folders of one name.
  ///
  /// @param kinds the folders' names
  /// @throws FacetException if one has no images
  public static List<Branch> teacherAndStudents(FaceDataset data, List<String> kinds) {
    var branches = new ArrayList<Branch>();
    branches.add(of(data, Domain.EASY));
    for (var kind : kinds) {
      var student =
          of(
              data,
              kind,
              i ->
                  data.item(i).domain() == Domain.HARD
                      && data.item(i).kind().equalsIgnoreCase(kind));
      if (student.people.isEmpty()) {
        throw FacetException.data(
            format(
                "--students names '%s', but no hard images are in folders of that name; correct it,"
                    + " or name them all with --hard.",
                kind));
      }
      branches.add(student);
    }
    return branches;
  }

  /// This student with pairs of an easy image and one of its own, of the people who have both.
  public Branch across(Branch teacher, FaceDataset data) {
    var easy = new TreeMap<Integer, List<Integer>>();
    teacher.people.forEach(images -> easy.put(data.item(images.getFirst()).identity(), images));
    var found = new ArrayList<Pairing>();
    for (var images : people) {
      var firsts = easy.get(data.item(images.getFirst()).identity());
      if (firsts != null) {
        found.add(new Pairing(firsts, images, Kind.ACROSS));
      }
    }
    return paired(found);
  }

  /// This branch with other pairs.
  Branch paired(List<Pairing> pairs) {
    return new Branch(name, people, pairs);
  }

  /// The easy domain as the teacher, and the hard one as `students` students by
  /// [FaceDataset#resolution]: of two students the first has the lower half of the resolutions.
  ///
  /// @throws FacetException if the resolutions are too few or unknown
  public static List<Branch> teacherAndStudents(FaceDataset data, int students) {
    if (students == 1) {
      return List.of(of(data, Domain.EASY), of(data, Domain.HARD));
    }
    var resolutions =
        IntStream.range(0, data.size())
            .filter(i -> data.item(i).domain() == Domain.HARD)
            .map(data::resolution)
            .distinct()
            .sorted()
            .toArray();
    if (resolutions.length < students) {
      throw FacetException.usage(
          format(
                  "--students is %d, but the hard images have %d different resolutions; use fewer"
                      + " students,",
                  students, resolutions.length)
              + " or --low-resolution with a wider range.");
    }
    var branches = new ArrayList<Branch>();
    branches.add(of(data, Domain.EASY));
    for (int k = 0; k < students; k++) {
      int low = resolutions[k * resolutions.length / students];
      int high = resolutions[(k + 1) * resolutions.length / students - 1];
      branches.add(
          of(
              data,
              format("%d to %d pixels", low, high),
              i ->
                  data.item(i).domain() == Domain.HARD
                      && low <= data.resolution(i)
                      && data.resolution(i) <= high));
    }
    return branches;
  }

  /// The images of a domain.
  public static Branch of(FaceDataset data, Domain domain) {
    return of(data, domain.folder(), i -> data.item(i).domain() == domain);
  }

  /// The images whose index satisfies `chosen`, under a name for messages: several students may
  /// share the hard domain, one for each kind of hardness.
  public static Branch of(FaceDataset data, String name, IntPredicate chosen) {
    var byIdentity = new TreeMap<Integer, List<Integer>>();
    for (int i = 0; i < data.size(); i++) {
      if (chosen.test(i)) {
        int identity = data.item(i).identity();
        byIdentity.computeIfAbsent(identity, first -> new ArrayList<>()).add(i);
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

  /// What pairs are made of, for each person who has any.
  public List<Pairing> pairings() {
    return pairings;
  }

  /// Images of the branch.
  public int size() {
    return people.stream().mapToInt(List::size).sum();
  }
}
