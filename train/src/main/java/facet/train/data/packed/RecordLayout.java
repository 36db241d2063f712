package facet.train.data.packed;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.util.Arrays;
import java.util.function.Consumer;

/// Where in an index the images are. Two layouts are told apart by the record of key 0:
///
/// - insightface's: key 0 has two labels `(a, b)` and no image; the images have the keys 1 to
///   a - 1, the keys a to b - 1 are one record a person, without an image, whose two labels are the
///   range of the person's keys;
/// - MXNet's im2rec and insightface's RecBuilder: key 0 is an image like all others.
///
/// @param from the place of the first image in the index
/// @param end the place after the last
/// @param strays entries of the index that are neither images nor what the layout has beside them
record RecordLayout(int from, int end, int strays) {
  /// Whole numbers from here on cannot all be told apart as 32-bit floats.
  static final int EXACT_FLOATS = 1 << 24;

  /// This share of the records may be missing in the index before that is an error.
  private static final double MAX_LOST = 0.01;

  static RecordLayout of(RecordFile records, RecordIndex index) {
    var keys = index.keys();
    var zero = index.find(0);
    var whole = new RecordLayout(0, keys.length, 0);
    if (zero < 0) {
      return whole; // as insightface's shuffled sets
    }
    var at = index.offsets()[zero];
    var header = records.header(at);
    if (header.flag() == 0 || records.hasImage(at)) {
      return whole;
    }
    if (header.flag() != 2) {
      throw RecordFile.broken(
          records.at(at),
          "the record of key 0 has no image and %d labels, not insightface's two",
          header.flag());
    }
    return insightface(records, index, header.labels()[0], header.labels()[1]);
  }

  private static RecordLayout insightface(
      RecordFile records, RecordIndex index, float first, float last) {
    var keys = index.keys();
    var where = records.at(index.offsets()[index.find(0)]);
    var from = index.find(1);
    var end = from < 0 ? -1 : index.lowerBound((long) first);
    if (from < 0 || end <= from) {
      throw RecordFile.broken(
          where, "it announces images of keys 1 to %d, which the index lacks", (long) first - 1);
    }
    // past 2^24 the float in the record is rounded, so the images' end is near it
    var slack = first < EXACT_FLOATS ? 0 : (int) Math.ulp(first);
    for (var i = slack; i > 0 && end > from + 1 && !hasImage(records, index, end - 1); i--) {
      end--;
    }
    for (var i = slack; i > 0 && end < keys.length && hasImage(records, index, end); i--) {
      end++;
    }
    if (Math.abs(end - from - ((long) first - 1)) > slack) {
      throw RecordFile.broken(
          where,
          "it announces %,d images, the index %s has %,d of them",
          (long) first - 1,
          index.file().getFileName(),
          end - from);
    }
    var people = index.lowerBound((long) last + slack) - end;
    return new RecordLayout(from, end, keys.length - 1 - (end - from) - Math.max(0, people));
  }

  private static boolean hasImage(RecordFile records, RecordIndex index, int place) {
    return records.hasImage(index.offsets()[place]);
  }

  /// Says what of the file is left out, because the index does not name it or the layout knows no
  /// use for it; a part of an index, or one of another file, is an error.
  void requireWhole(RecordFile records, RecordIndex index, Consumer<String> notes) {
    var unnamed = unnamed(records, index.offsets());
    var lost = unnamed + strays;
    if (lost == 0) {
      return;
    }
    var all = index.keys().length + unnamed;
    var problem =
        format(
            "of its %,d records the index does not name %,d, and %,d are no images of the set",
            all, unnamed, strays);
    if (lost > MAX_LOST * all) {
      throw FacetException.data(
          records.file(),
          problem,
          "copy the .idx again, or make it with MXNet's rec2idx.py or both with 'facet pack'");
    }
    notes.accept(records.file() + ": " + problem + "; they are left out.");
  }

  /// How many records of the file have no offset in the index.
  private static long unnamed(RecordFile records, long... offsets) {
    var sorted = offsets.clone();
    Arrays.sort(sorted);
    var missing = 0L;
    var at = 0L;
    for (var next : sorted) {
      if (next < at) {
        throw RecordFile.broken(records.at(next), "this place is inside of another record");
      }
      missing += records.count(at, next);
      at = records.end(next);
    }
    return missing + records.count(at, records.size());
  }
}
