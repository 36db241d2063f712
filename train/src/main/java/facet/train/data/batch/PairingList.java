package facet.train.data.batch;

import static facet.train.error.Printable.format;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.ListedPath;
import facet.train.data.Listing;
import facet.train.data.packed.RecordFaces;
import facet.train.error.FacetException;
import facet.train.error.Printable;
import facet.train.text.TextList;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which images form the pairs of hard branches, as a list says it: lines `path path` (or
/// `path path 1`, as lists for evaluation have them) of two images of one person, paths from the
/// folder of the faces. A pair is that of the student whose images it is made of; one of an easy
/// and a hard image is that of the hard one. Pairs of people who are not trained on are left out,
/// so that one list serves all folds of an experiment. Images of a packed file go by the paths in
/// the list beside it.
public final class PairingList {
  /// What such a file holds.
  public static final String LINES = "lines 'path path'";

  private final Path file;
  private final Path root;
  private final FaceDataset data;
  private final List<Branch> branches;
  private final Map<String, Integer> index = new HashMap<>();
  private final Map<Integer, Integer> owner = new HashMap<>(); // the branch of an image
  private final List<Map<Integer, Branch.Pairing>> found =
      new ArrayList<>(); // by branch and person
  private final Map<String, String> packed; // sources of packed images by path
  private int left; // out

  private PairingList(Path file, Path root, FaceDataset data, List<Branch> branches) {
    this.file = file;
    this.root = root;
    this.data = data;
    this.branches = branches;
    packed = isFile(data.item(0).source()) ? Map.of() : RecordFaces.sources(root);
    for (var i = 0; i < data.size(); i++) {
      var item = data.item(i);
      if (item.domain() == Domain.HARD) { // of an image and its hard copy the copy
        index.put(item.source(), i);
      } else {
        index.putIfAbsent(item.source(), i);
      }
    }
    for (var b = 0; b < branches.size(); b++) {
      for (var images : branches.get(b).people()) {
        for (var image : images) {
          owner.put(image, b);
        }
      }
      found.add(new TreeMap<>());
    }
  }

  /// The branches with the pairs of `file`; the teacher keeps its own.
  ///
  /// @param branches the teacher and its students
  /// @param root the folder that paths start from
  /// @param log takes a line about what was found
  /// @throws FacetException naming the line of an image that is not there, of a pair that shows two
  ///     people, or that no student could have; or a student without pairs
  public static List<Branch> pair(
      Path file, Path root, FaceDataset data, List<Branch> branches, Consumer<String> log) {
    var list = new PairingList(file, root, data, branches);
    var first = data.item(0).source();
    if (list.packed.isEmpty() && !isFile(first)) {
      throw FacetException.usage(
          "--ddl-hard-pairs %s names images by their paths, but those of --data have none (%s); use"
              + " within or across, or put the list that a file was packed from beside it.",
          file, first);
    }
    TextList.each(file, LINES, list::add);
    log.accept(list.describe());
    return list.paired();
  }

  private void add(TextList.Line line) {
    var fields = line.fields(PairingList::isPair);
    if (!isPair(fields)) {
      throw line.wrong("'%s' is not 'path path'", line.visible());
    }
    if (fields.size() == 3 && fields.get(2).equals("0")) {
      throw FacetException.data(
          line.where(),
          "a pair of two people",
          "take lines that end with 0 out: pairs of hard branches show one person each");
    }
    var first = find(line, fields.get(0));
    var second = find(line, fields.get(1));
    if (first == null || second == null) {
      left++;
      return;
    }
    var a = data.item(first);
    var b = data.item(second);
    if (a.identity() != b.identity()) {
      throw line.wrong("its images are of two people, %s and %s", a.name(), b.name());
    }
    if (first.equals(second)) {
      throw line.wrong("both images are the same");
    }
    put(line, first, second);
  }

  private static boolean isPair(List<String> fields) {
    return fields.size() == 2 || fields.size() == 3 && fields.get(2).matches("[01]");
  }

  private static boolean isFile(String source) {
    try {
      return Files.isRegularFile(Path.of(source));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /// The number of an image, null if it is there but not trained on.
  private @Nullable Integer find(TextList.Line line, String name) {
    if (!packed.isEmpty()) {
      var source = packed.get(name.replace('\\', '/'));
      if (source == null) {
        throw FacetException.data(
            line.where(),
            "there is no image " + name + " in the list beside " + root,
            "correct the line; paths are those of that list");
      }
      return index.get(Printable.line(source));
    }
    var path = ListedPath.in(root, name, line.where());
    var image = index.get(Printable.line(path.toString()));
    if (image == null && !Files.isRegularFile(path)) {
      throw FacetException.data(
          line.where(),
          "there is no image " + path,
          "correct the line; paths start from the folder of --data");
    }
    return image;
  }

  private void put(TextList.Line line, int first, int second) {
    int a = owner.getOrDefault(first, -1);
    int b = owner.getOrDefault(second, -1);
    if (Math.max(a, b) <= 0) {
      throw line.wrong("none of its images is of a student");
    }
    if (a > 0 && b > 0 && a != b || Math.min(a, b) < 0) {
      throw line.wrong(
          "its images, %s and %s, are not of one student, or of one and the teacher",
          data.item(first).kind(), data.item(second).kind());
    }
    var pairs =
        found
            .get(Math.max(a, b))
            .computeIfAbsent(
                data.item(first).identity(),
                person ->
                    new Branch.Pairing(new ArrayList<>(), new ArrayList<>(), Branch.Kind.LISTED));
    pairs.firsts().add(b == 0 ? second : first); // the easy one first
    pairs.seconds().add(b == 0 ? first : second);
  }

  private List<Branch> paired() {
    var paired = new ArrayList<Branch>();
    paired.add(branches.getFirst());
    for (var b = 1; b < branches.size(); b++) {
      if (found.get(b).isEmpty()) {
        throw FacetException.data(
            file,
            format(
                "no pair of the %s domain and of people who are trained on",
                branches.get(b).name()),
            "add some, or choose other --students or --people");
      }
      paired.add(branches.get(b).paired(List.copyOf(found.get(b).values())));
    }
    return paired;
  }

  private String describe() {
    var kinds = new ArrayList<String>();
    for (var b = 1; b < branches.size(); b++) {
      kinds.add(
          format(
              "%,d %s pairs of %,d people",
              found.get(b).values().stream().mapToInt(p -> p.firsts().size()).sum(),
              branches.get(b).name(),
              found.get(b).size()));
    }
    var others = left == 0 ? "" : format("; %,d of images that are not trained on", left);
    return file + ": " + Listing.of(kinds, ", ") + others;
  }
}
