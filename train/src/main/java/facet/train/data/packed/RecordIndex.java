package facet.train.data.packed;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;

/// The `.idx` beside a `.rec`: lines `key <tab> offset`.
///
/// @param keys sorted upwards
/// @param offsets of the keys' records
record RecordIndex(Path file, long[] keys, long[] offsets) {
  /// The index that belongs to `rec`.
  static Path fileOf(Path rec) {
    return rec.resolveSibling(
        rec.getFileName().toString().replaceFirst("(?i)\\.rec$", "") + ".idx");
  }

  private record Entry(long key, long offset) {}

  static RecordIndex read(Path file) {
    try (var lines = Files.lines(file)) {
      var number = new int[1];
      var entries =
          lines
              .map(line -> parse(file, ++number[0], line))
              .sorted((a, b) -> Long.compare(a.key, b.key))
              .toArray(Entry[]::new);
      for (var i = 1; i < entries.length; i++) {
        if (entries[i].key == entries[i - 1].key) {
          throw wrong(file, String.format(Locale.ROOT, "key %d appears twice", entries[i].key));
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
    } catch (IOException | java.io.UncheckedIOException e) {
      var problem = Files.exists(file) ? "not a readable index" : "there is no index";
      throw FacetException.data(
          file, problem, "put the .idx beside the .rec, or make both with 'facet pack'", e);
    }
  }

  /// Two keys of one record would let a small file stand for any number of images.
  private static void requireApart(Path file, Entry... entries) {
    var byOffset = entries.clone();
    Arrays.sort(byOffset, Comparator.comparingLong(Entry::offset));
    for (var i = 1; i < byOffset.length; i++) {
      if (byOffset[i].offset == byOffset[i - 1].offset) {
        throw wrong(
            file,
            String.format(
                Locale.ROOT,
                "the keys %d and %d name one record, at byte %d",
                byOffset[i - 1].key,
                byOffset[i].key,
                byOffset[i].offset));
      }
    }
  }

  private static Entry parse(Path file, int number, String line) {
    try {
      var fields = line.strip().split("\\s+");
      if (fields.length == 2) {
        return new Entry(Long.parseLong(fields[0]), Long.parseLong(fields[1]));
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw wrong(
        Path.of(file + ":" + number),
        String.format(Locale.ROOT, "'%s' is not 'key offset'", line.strip()));
  }

  private static FacetException wrong(Path where, String problem) {
    return FacetException.data(
        where, problem, "copy the index again or make both files with 'facet pack'");
  }

  /// Where `key` stands in [#keys], negative if it does not.
  int find(long key) {
    return Arrays.binarySearch(keys, key);
  }
}
