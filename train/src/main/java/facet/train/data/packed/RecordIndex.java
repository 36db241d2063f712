package facet.train.data.packed;

import static facet.train.error.Printable.format;

import facet.nn.io.FileKind;
import facet.train.error.FacetException;
import facet.train.text.TextList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;

/// The `.idx` beside a `.rec`: lines `key <tab> offset`.
///
/// @param keys sorted upwards
/// @param offsets of the keys' records
record RecordIndex(Path file, long[] keys, long[] offsets) {
  /// The index that belongs to `rec`.
  static Path fileOf(Path rec) {
    return RecordFile.beside(rec, ".idx");
  }

  private record Entry(long key, long offset) {}

  static RecordIndex read(Path file) {
    if (!Files.exists(file)) {
      throw FacetException.data(
          file,
          "there is no index",
          "put the .idx beside the .rec; MXNet's rec2idx.py makes one, 'facet pack' makes both");
    }
    var read = new ArrayList<Entry>();
    TextList.each(file, "lines 'key offset'", line -> read.add(parse(line)));
    var entries = read.toArray(Entry[]::new);
    Arrays.sort(entries, Comparator.comparingLong(Entry::key));
    for (var i = 1; i < entries.length; i++) {
      if (entries[i].key == entries[i - 1].key) {
        throw wrong(file, format("key %d appears twice", entries[i].key));
      }
    }
    if (entries.length == 0) {
      throw wrong(file, "it is empty");
    }
    requireApart(file, entries);
    return new RecordIndex(
        file,
        Arrays.stream(entries).mapToLong(Entry::key).toArray(),
        Arrays.stream(entries).mapToLong(Entry::offset).toArray());
  }

  /// Two keys of one record would let a small file stand for any number of images.
  private static void requireApart(Path file, Entry... entries) {
    var byOffset = entries.clone();
    Arrays.sort(byOffset, Comparator.comparingLong(Entry::offset));
    for (var i = 1; i < byOffset.length; i++) {
      if (byOffset[i].offset == byOffset[i - 1].offset) {
        throw wrong(
            file,
            format(
                "the keys %d and %d name one record, at byte %d",
                byOffset[i - 1].key, byOffset[i].key, byOffset[i].offset));
      }
    }
  }

  private static Entry parse(TextList.Line line) {
    try {
      var fields = TextList.split(line.text(), ' ');
      if (fields.size() == 2) {
        return new Entry(Long.parseLong(fields.get(0)), Long.parseLong(fields.get(1)));
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    var kind = line.number() == 1 ? FileKind.of(line.file()) : null;
    throw kind == null
        ? wrong(Path.of(line.where()), format("'%s' is not 'key offset'", line.visible()))
        : wrong(line.file(), "it is " + kind + ", not an index");
  }

  private static FacetException wrong(Path where, String problem) {
    return FacetException.data(
        where, problem, "copy the index again or make both files with 'facet pack'");
  }

  /// The place of the first key from `key` on.
  int lowerBound(long key) {
    var found = find(key);
    return found >= 0 ? found : -found - 1;
  }

  /// Where `key` stands in [#keys], negative if it does not.
  int find(long key) {
    return Arrays.binarySearch(keys, key);
  }
}
