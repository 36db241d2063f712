package facet.nn.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/// A message in the encoding of Protocol Buffers: fields, each a tag and a value, in any order.
/// Large arrays are encoded only when the message is written.
final class ProtoMessage {
  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;
  private static final int CHUNK = 1 << 20; // bytes

  /// Encoded bytes, or floats to be encoded.
  private sealed interface Piece {
    record Bytes(byte[] bytes) implements Piece {}

    record Floats(float[] values) implements Piece {}
  }

  private final List<Piece> pieces = new ArrayList<>();
  private long size;

  /// An integer or the number of an enum's value.
  ProtoMessage add(int field, long value) {
    var out = new ByteArrayOutputStream();
    varint(out, ((long) field << 3) | VARINT);
    varint(out, value);
    return add(out.toByteArray());
  }

  ProtoMessage add(int field, float value) {
    var out = new ByteArrayOutputStream();
    varint(out, ((long) field << 3) | FIXED32);
    out.writeBytes(ByteBuffer.allocate(Float.BYTES).order(LITTLE_ENDIAN).putFloat(value).array());
    return add(out.toByteArray());
  }

  ProtoMessage add(int field, String value) {
    var bytes = value.getBytes(UTF_8);
    return begin(field, bytes.length).add(bytes);
  }

  ProtoMessage add(int field, ProtoMessage value) {
    begin(field, value.size);
    pieces.addAll(value.pieces);
    size += value.size;
    return this;
  }

  /// The bytes of `values`, little-endian.
  ProtoMessage add(int field, float[] values) {
    begin(field, (long) Float.BYTES * values.length);
    pieces.add(new Piece.Floats(values));
    size += (long) Float.BYTES * values.length;
    return this;
  }

  private ProtoMessage begin(int field, long length) {
    var out = new ByteArrayOutputStream();
    varint(out, ((long) field << 3) | LENGTH_DELIMITED);
    varint(out, length);
    return add(out.toByteArray());
  }

  private ProtoMessage add(byte[] bytes) {
    pieces.add(new Piece.Bytes(bytes));
    size += bytes.length;
    return this;
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  private static void varint(ByteArrayOutputStream out, long value) {
    var rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /// The bytes of the encoded message.
  long size() {
    return size;
  }

  void writeTo(FileChannel channel) throws IOException {
    var chunk = ByteBuffer.allocateDirect(CHUNK).order(LITTLE_ENDIAN);
    for (var piece : pieces) {
      switch (piece) {
        case Piece.Bytes(var bytes) -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes));
        case Piece.Floats(var values) -> {
          for (var from = 0; from < values.length; from += CHUNK / Float.BYTES) {
            var count = Math.min(CHUNK / Float.BYTES, values.length - from);
            chunk.clear().limit(count * Float.BYTES);
            chunk.asFloatBuffer().put(values, from, count);
            AtomicFile.writeFully(channel, chunk);
          }
        }
      }
    }
  }
}
