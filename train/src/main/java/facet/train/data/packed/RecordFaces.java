package facet.train.data.packed;

import facet.train.data.ImageSource;
import facet.train.data.Ordinals;
import facet.train.data.folder.DomainFolders;
import facet.train.data.image.ImageDecoder;
import facet.train.data.image.RgbImage;
import facet.train.error.FacetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The faces of a RecordIO training set. Two layouts are read, told apart by the record of key 0:
///
/// - insightface's: key 0 has two labels `(a, b)`; the images have the keys 1 to a - 1, the keys a
///   to b - 1 are one record a person, without an image, whose two labels are the range of the
///   person's keys;
/// - MXNet's im2rec: key 0 is an image like all others.
///
/// A person is a label; people are numbered in the order of their labels. RecordIO knows no
/// domains: all images are easy, unless a [RecordList] lies beside it.
public final class RecordFaces implements ImageSource {
  /// The training set in a folder of insightface's, beside verification sets.
  public static final String IN_FOLDER = "train.rec";

  /// Whole numbers from here on cannot all be told apart as 32-bit floats.
  private static final long EXACT_FLOATS = 1 << 24;

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

  /// The chosen people in `rec`, with the usual names of domains.
  public static RecordFaces open(Path rec, Ordinals people) {
    return open(rec, people, DomainFolders.DEFAULT);
  }

  /// The chosen people in `rec`, counted from 1 in the order of their labels.
  ///
  /// @throws FacetException if a record that the index names is not there or has no label
  public static RecordFaces open(Path rec, Ordinals people, DomainFolders domains) {
    var records = RecordFile.open(rec);
    var index = RecordIndex.read(RecordIndex.fileOf(rec));
    var range = images(records, index);
    var keys = Arrays.copyOfRange(index.keys(), range[0], range[1]);
    var offsets = Arrays.copyOfRange(index.offsets(), range[0], range[1]);
    var labels = new int[keys.length];
    for (var i = 0; i < keys.length; i++) {
      labels[i] = records.header(offsets[i]).classNumber(records.at(offsets[i]));
    }
    var all = Arrays.stream(labels).distinct().sorted().boxed().toList();
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
        RecordList.read(rec, domains));
  }

  /// From where to where in the index the images are.
  private static int[] images(RecordFile records, RecordIndex index) {
    var zero = index.find(0);
    var whole = new int[] {0, index.keys().length};
    if (zero < 0) {
      return whole;
    }
    var header = records.header(index.offsets()[zero]);
    if (header.flag() == 0) {
      return whole;
    }
    var where = records.at(index.offsets()[zero]);
    if (header.flag() != 2) {
      throw RecordFile.broken(
          where,
          String.format(
              Locale.ROOT,
              "the record of key 0 has %d labels, neither an image nor insightface's two",
              header.flag()));
    }
    var last = (long) header.labels()[0];
    var from = index.find(1);
    var end = from < 0 ? -1 : lowerBound(index.keys(), last);
    if (from < 0 || end <= from) {
      throw RecordFile.broken(
          where,
          String.format(
              Locale.ROOT, "it announces images of keys 1 to %d, which the index lacks", last - 1));
    }
    // past 2^24 the float in the record is rounded, so the number of keys need not agree
    if (last < EXACT_FLOATS && end - from != last - 1) {
      throw RecordFile.broken(
          where,
          String.format(
              Locale.ROOT,
              "it announces %,d images, the index %s has %,d of them",
              last - 1,
              index.file().getFileName(),
              end - from));
    }
    return new int[] {from, end};
  }

  private static int lowerBound(long[] keys, long key) {
    var found = Arrays.binarySearch(keys, key);
    return found >= 0 ? found : -found - 1;
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
        String.format(Locale.ROOT, "%s, key %d", records.file(), keys[index]));
  }

  /// The encoded image as it is in the file.
  byte[] encoded(int index) {
    var record = records.read(offsets[index]);
    var header = ImageHeader.read(record, records.at(offsets[index]));
    if (record.length == header.length()) {
      throw FacetException.data(
          item(index).source(),
          String.format(Locale.ROOT, "the record at byte %d has no image", offsets[index]),
          "remove its key from the .idx");
    }
    return Arrays.copyOfRange(record, header.length(), record.length);
  }

  @Override
  public RgbImage image(int index) {
    return ImageDecoder.decode(encoded(index), item(index).source());
  }

  /// The keys of the images, in order.
  List<Long> keys() {
    return Arrays.stream(keys).boxed().toList();
  }
}
