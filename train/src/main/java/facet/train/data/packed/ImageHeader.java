package facet.train.data.packed;

import facet.train.error.FacetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// MXNet's `IRHeader`, which precedes each image of a RecordIO file: 24 little-endian bytes `flag:
/// u32, label: f32, id: u64, id2: u64`. With `flag` = n > 0 the label is n floats that follow the
/// header instead.
///
/// @param labels one or more; the first is the class
record ImageHeader(int flag, float[] labels, long id, long id2) {
  static final int BYTES = 24;
  private static final int MAX_LABELS = 1 << 10;

  /// A header with one label.
  static ImageHeader of(float label, long id) {
    return new ImageHeader(0, new float[] {label}, id, 0);
  }

  /// A header with several labels.
  static ImageHeader of(float[] labels, long id) {
    return new ImageHeader(labels.length, labels, id, 0);
  }

  /// The class of the image.
  float label() {
    return labels[0];
  }

  /// Header and labels together.
  int length() {
    return BYTES + 4 * flag;
  }

  /// How many bytes the header takes that begins with these.
  static int length(byte[] start) {
    return start.length < 4 ? BYTES : BYTES + 4 * Math.clamp(flag(start), 0, MAX_LABELS);
  }

  private static int flag(byte[] start) {
    return ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  /// Reads the header at the beginning of `record`; `where` names it in error messages.
  static ImageHeader read(byte[] record, String where) {
    if (record.length < BYTES) {
      throw RecordFile.broken(
          where, "a record of %d bytes, too few for an image's header", record.length);
    }
    var flag = flag(record);
    if (flag < 0 || flag > MAX_LABELS || record.length < BYTES + 4L * flag) {
      throw RecordFile.broken(
          where,
          "its header announces %s labels in a record of %d bytes",
          Integer.toUnsignedString(flag),
          record.length);
    }
    var in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).position(4);
    var label = in.getFloat();
    var id = in.getLong();
    var id2 = in.getLong();
    var labels = new float[Math.max(1, flag)];
    labels[0] = label;
    for (var i = 0; i < flag; i++) {
      labels[i] = in.getFloat();
    }
    return new ImageHeader(flag, labels, id, id2);
  }

  /// The label as a class number.
  ///
  /// @throws FacetException if it is not a whole number from 0
  int classNumber(String where) {
    var label = label();
    if (!(label >= 0 && label == Math.rint(label))) {
      throw RecordFile.broken(where, "its label is " + label + ", not a whole number from 0");
    }
    if (label >= RecordLayout.EXACT_FLOATS) {
      throw RecordFile.broken(
          where,
          "its label is %.0f; from %,d on a .rec gives several numbers one label, so different"
              + " people would become one",
          label,
          RecordLayout.EXACT_FLOATS);
    }
    return (int) label;
  }

  /// Header and labels as stored.
  byte[] toBytes() {
    var out = ByteBuffer.allocate(length()).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(flag).putFloat(flag == 0 ? labels[0] : 0).putLong(id).putLong(id2);
    for (var i = 0; i < flag; i++) {
      out.putFloat(labels[i]);
    }
    return out.array();
  }
}
