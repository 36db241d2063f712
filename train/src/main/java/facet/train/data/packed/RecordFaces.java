package facet.train.data.packed;

import static facet.train.error.Printable.format;

import facet.train.data.ImageSource;
import facet.train.data.Ordinals;
import facet.train.data.folder.DomainFolders;
import facet.train.data.image.ImageDecoder;
import facet.train.data.image.RgbImage;
import facet.train.error.FacetException;
import facet.train.text.TextList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// The faces of a RecordIO training set, in one of two layouts ([RecordLayout]). A person is a
/// label, the first if an image has several (insightface's second says whether it was aligned);
/// people are numbered in the order of their labels. RecordIO knows no domains: all images are
/// easy, unless a [RecordList] lies beside it.
public final class RecordFaces implements ImageSource {
  /// The training set in a folder of insightface's, beside verification sets.
  public static final String IN_FOLDER = "train.rec";

  /// `people,height,width` beside an insightface set.
  private static final String PROPERTY = "property";

  private final RecordFile records;
  private final long[] keys;
  private final long[] offsets;
  private final int[] identity;
  private final int[] label;
  private final RecordList list;

  /// @param keys of the images
  /// @param offsets of their records
  /// @param identity of each image
  /// @param label of each identity
  /// @param list which of them are hard
  private RecordFaces(
      RecordFile records,
      long[] keys,
      long[] offsets,
      int[] identity,
      int[] label,
      RecordList list) {
    this.records = records;
    this.keys = keys;
    this.offsets = offsets;
    this.identity = identity;
    this.label = label;
    this.list = list;
  }

  /// Whether `path` is named like a RecordIO file.
  public static boolean isRecordFile(Path path) {
    return path.toString().toLowerCase(java.util.Locale.ROOT).endsWith(".rec");
  }

  /// Whether a list says which images are hard.
  public static boolean hasList(Path rec) {
    return Files.isRegularFile(RecordList.fileOf(rec));
  }

  /// The chosen people in `rec`, counted from 1 in the order of their labels.
  ///
  /// @param notes takes lines about what is left out or doubtful
  /// @throws FacetException if a record that the index names is not there or has no label, or if
  ///     more than a hundredth of the records is not in the index
  public static RecordFaces open(
      Path rec, Ordinals people, DomainFolders domains, Consumer<String> notes) {
    var records = RecordFile.open(rec);
    var index = RecordIndex.read(RecordIndex.fileOf(rec));
    var layout = RecordLayout.of(records, index);
    layout.requireWhole(records, index, notes);
    var keys = Arrays.copyOfRange(index.keys(), layout.from(), layout.end());
    var offsets = Arrays.copyOfRange(index.offsets(), layout.from(), layout.end());
    var labels = labels(records, layout.from() == 0, notes, offsets);
    var all = Arrays.stream(labels).distinct().sorted().boxed().toList();
    compareWithProperty(rec.resolveSibling(PROPERTY), all.size(), notes);
    var chosen = people.select(all, "people", rec);
    var known = chosen.stream().mapToInt(Integer::intValue).toArray();
    var kept =
        IntStream.range(0, keys.length)
            .filter(i -> Arrays.binarySearch(known, labels[i]) >= 0)
            .toArray();
    return new RecordFaces(
        records,
        Arrays.stream(kept).mapToLong(i -> keys[i]).toArray(),
        Arrays.stream(kept).mapToLong(i -> offsets[i]).toArray(),
        Arrays.stream(kept).map(i -> Arrays.binarySearch(known, labels[i])).toArray(),
        known,
        RecordList.read(rec, domains, notes));
  }

  /// @param plain whether all records should be images, of MXNet's layout
  private static int[] labels(
      RecordFile records, boolean plain, Consumer<String> notes, long... offsets) {
    var labels = new int[offsets.length];
    var most = 0;
    for (var i = 0; i < labels.length; i++) {
      var header = records.header(offsets[i]);
      if (plain && header.flag() > 1 && !records.hasImage(offsets[i])) {
        throw RecordFile.broken(
            records.at(offsets[i]),
            "a record of insightface's without an image, but its keys have been renumbered");
      }
      most = Math.max(most, header.flag());
      labels[i] = header.classNumber(records.at(offsets[i]));
    }
    if (plain && most > 1) {
      notes.accept(
          format(
              "%s: its images have up to %d labels; the first is taken for the person.",
              records.file(), most));
    }
    return labels;
  }

  /// Says when insightface's `property` counts other people than there are: a part may be missing.
  private static void compareWithProperty(Path file, int people, Consumer<String> notes) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    var lines = TextList.read(file, "'people,height,width'");
    var said = lines.isEmpty() ? "nothing" : lines.getFirst().text().split(",", -1)[0].strip();
    if (!said.equals(Integer.toString(people))) {
      notes.accept(format("%s: it says %s people, the labels are of %d.", file, said, people));
    }
  }

  @Override
  public int size() {
    return keys.length;
  }

  @Override
  public int identities() {
    return label.length;
  }

  @Override
  public Item item(int index) {
    var person = identity[index];
    var place = list.place(keys[index]);
    return new Item(
        person,
        Integer.toString(label[person]),
        place.domain(),
        place.kind(),
        source(records.file(), keys[index]));
  }

  private static String source(Path rec, long key) {
    return format("%s, key %d", rec, key);
  }

  /// What images that the list beside a packed file names are called in [Item#source], by their
  /// paths in that list; none if there is no list.
  ///
  /// @param path the file, or the folder that it is in under its usual name
  public static Map<String, String> sources(Path path) {
    var rec = Files.isDirectory(path) ? path.resolve(IN_FOLDER) : path;
    var sources = new HashMap<String, String>();
    RecordList.keys(rec).forEach((name, key) -> sources.put(name, source(rec, key)));
    return sources;
  }

  @Override
  public List<Path> files() {
    return List.of(records.file(), RecordIndex.fileOf(records.file()));
  }

  /// The encoded image as it is in the file.
  byte[] encoded(int index) {
    var record = records.read(offsets[index]);
    var header = ImageHeader.read(record, records.at(offsets[index]));
    if (record.length == header.length()) {
      throw FacetException.data(
          item(index).source(),
          format("the record at byte %d has no image", offsets[index]),
          "remove its key from the .idx");
    }
    return Arrays.copyOfRange(record, header.length(), record.length);
  }

  @Override
  public RgbImage image(int index) {
    return ImageDecoder.decode(encoded(index), item(index).source());
  }
}
