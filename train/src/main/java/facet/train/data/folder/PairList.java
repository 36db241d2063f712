package facet.train.data.folder;

import static facet.train.error.Printable.format;

import facet.train.data.FaceDataset;
import facet.train.data.Ordinals;
import facet.train.data.Subset;
import facet.train.error.FacetException;
import facet.train.text.TextList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A verification protocol: pairs of images, whether both show one person, and the fold of each.
///
/// Two formats are read, told apart by the first line:
///
/// - `path path 1|0` a line (1: same person), paths relative to a root folder;
/// - LFW's pairs.txt: a header `folds pairs` or `pairs`, then per fold that many lines
///   `name i j` (same person), then as many `name i name j`; the image is
///   `name/name_%04d` with any known extension.
public final class PairList {
  /// Indices into [#images()], the truth, and the fold from 0.
  public record Pair(int first, int second, boolean same, int fold) {}

  static final int DEFAULT_FOLDS = 10;

  private final Path file;
  private final FaceDataset images;
  private final List<Pair> pairs;
  private final int folds;

  private PairList(Path file, FaceDataset images, List<Pair> pairs, int folds) {
    this.file = file;
    this.images = images;
    this.pairs = List.copyOf(pairs);
    this.folds = folds;
  }

  /// Reads `file`, whose images lie in `root`, and checks that all of them exist. The same pairs
  /// and the different ones are each cut into folds of equal size, in file order: as many as LFW's
  /// header says, or as runs in which equally many same and different pairs alternate, or else 10.
  ///
  /// @param domains which folders in the images' paths hold which domain
  public static PairList read(Path file, Path root, DomainFolders domains) {
    var parser = new PairListParser(file, root);
    List<PairListParser.Line> lines = parser.parse(TextList.read(file, "lines 'path path 1|0'"));
    if (lines.isEmpty()) {
      throw FacetException.data(file, "no pairs in it", "expected lines 'path path 1|0'");
    }
    int same = (int) lines.stream().filter(PairListParser.Line::same).count();
    int count = folds(parser.folds(), lines);
    var index = new LinkedHashMap<Path, Integer>();
    var pairs = new ArrayList<Pair>();
    int sameBefore = 0;
    for (int i = 0; i < lines.size(); i++) {
      PairListParser.Line line = lines.get(i);
      int first = index.computeIfAbsent(line.first(), p -> index.size());
      int second = index.computeIfAbsent(line.second(), p -> index.size());
      int before = line.same() ? sameBefore++ : i - sameBefore;
      int alike = line.same() ? same : lines.size() - same;
      pairs.add(new Pair(first, second, line.same(), (int) ((long) before * count / alike)));
    }
    return new PairList(file, dataset(List.copyOf(index.keySet()), root, domains), pairs, count);
  }

  /// Pairs of the images `2 i` and `2 i + 1` in ten contiguous folds, the first ones a pair longer
  /// if ten does not divide their number (as scikit-learn's `KFold` cuts).
  public static PairList of(Path file, FaceDataset images, boolean[] same) {
    int n = same.length;
    int count = Math.min(DEFAULT_FOLDS, n);
    int longer = n % count * (n / count + 1); // pairs in folds that are a pair longer
    var pairs = new ArrayList<Pair>();
    for (int i = 0; i < n; i++) {
      int fold =
          i < longer ? i / (n / count + 1) : n % count + (i - longer) / Math.max(1, n / count);
      pairs.add(new Pair(2 * i, 2 * i + 1, same[i], fold));
    }
    return new PairList(file, images, pairs, count);
  }

  /// What the header says, or half the number of runs if all runs are equally long, as in
  /// `same x 350, different x 350, same x 350, ...`.
  private static int folds(int header, List<PairListParser.Line> lines) {
    if (header > 0) {
      return header;
    }
    boolean begin = lines.getFirst().same();
    int run = 1;
    while (run < lines.size() && lines.get(run).same() == begin) {
      run++;
    }
    boolean regular = run > 1 && lines.size() % (2 * run) == 0 && lines.size() > 2 * run;
    for (int i = 0; regular && i < lines.size(); i++) {
      regular = (lines.get(i).same() == begin) == (i / run % 2 == 0);
    }
    return regular ? lines.size() / (2 * run) : Math.min(DEFAULT_FOLDS, lines.size());
  }

  /// A person is the first folder of a path below the root, the domain a sub-folder's name.
  private static ImageFiles dataset(List<Path> files, Path root, DomainFolders domains) {
    var identities = new LinkedHashMap<String, Integer>();
    var items = new ArrayList<FaceDataset.Item>();
    for (Path file : files) {
      Path relative = root.relativize(file);
      String name = relative.getName(0).toString();
      var place = domains.placeOf(relative.toString());
      int identity = identities.computeIfAbsent(name, n -> identities.size());
      items.add(
          new FaceDataset.Item(identity, name, place.domain(), place.kind(), file.toString()));
    }
    return new ImageFiles(files, items, List.of());
  }

  /// The pairs of the chosen folds (counted from 1), folds and images renumbered from 0.
  public PairList select(Ordinals chosen) {
    List<Integer> all = IntStream.range(0, folds).boxed().toList();
    List<Integer> kept = chosen.select(all, "folds", file);
    Map<Integer, Integer> newFold =
        IntStream.range(0, kept.size()).boxed().collect(Collectors.toMap(kept::get, i -> i));
    var newImage = new LinkedHashMap<Integer, Integer>();
    var selected = new ArrayList<Pair>();
    for (Pair pair : pairs) {
      Integer fold = newFold.get(pair.fold());
      if (fold != null) {
        int first = newImage.computeIfAbsent(pair.first(), p -> newImage.size());
        int second = newImage.computeIfAbsent(pair.second(), p -> newImage.size());
        selected.add(new Pair(first, second, pair.same(), fold));
      }
    }
    return new PairList(
        file, Subset.of(images, List.copyOf(newImage.keySet())), selected, kept.size());
  }

  /// The distinct images of the pairs, in the order in which they first occur. The identity of an
  /// image is the first folder of its path, which need not agree with the pairs' labels.
  public FaceDataset images() {
    return images;
  }

  /// The pairs, in the order of the file.
  public List<Pair> pairs() {
    return pairs;
  }

  /// The number of folds.
  public int folds() {
    return folds;
  }

  /// What makes the list a doubtful measure, a sentence each: pairs of an image with itself, pairs
  /// that occur more than once, pairs that are the same person in one line and not in another.
  public List<String> doubts() {
    var first = new HashMap<List<Integer>, Pair>();
    var itself = new ArrayList<Pair>();
    var again = new ArrayList<Pair>();
    var both = new ArrayList<Pair>();
    for (var pair : pairs) {
      var images = List.of(Math.min(pair.first, pair.second), Math.max(pair.first, pair.second));
      var before = first.putIfAbsent(images, pair);
      if (pair.first == pair.second) {
        itself.add(pair);
      }
      if (before != null) {
        (before.same == pair.same ? again : both).add(pair);
      }
    }
    var doubts = new ArrayList<String>();
    doubt(doubts, itself, "are an image with itself");
    doubt(doubts, again, "are there more than once");
    doubt(doubts, both, "are one person in one line and two in another");
    return doubts;
  }

  private void doubt(List<String> doubts, List<Pair> found, String what) {
    if (!found.isEmpty()) {
      doubts.add(
          format(
              "%s: %,d of its %,d pairs %s, such as %s and %s.",
              file,
              found.size(),
              pairs.size(),
              what,
              images.item(found.getFirst().first).source(),
              images.item(found.getFirst().second).source()));
    }
  }
}
