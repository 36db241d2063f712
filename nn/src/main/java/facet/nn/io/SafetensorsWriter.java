package facet.nn.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.util.Comparator.comparingInt;

import facet.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/// Writes a safetensors file. Tensors are added first, by reference; `write` streams them through
/// one small buffer, so a file of any size needs no heap of its own. The file appears in one step
/// ([AtomicFile]) and carries a checksum that [SafetensorsReader] verifies.
///
/// ```java
/// new SafetensorsWriter().metadata("k", "v").add("w", Shape.of(2), new float[2], 0).write(file);
/// ```
public final class SafetensorsWriter {
  private static final int CHUNK = 1 << 20; // bytes; a multiple of every element size

  private static final Set<DType> WRITTEN =
      EnumSet.of(DType.F64, DType.F32, DType.I64, DType.I32, DType.U8);

  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /// Hands out a tensor's elements piece by piece.
  @FunctionalInterface
  public interface Source {
    /// Fills the remaining bytes of `chunk`, which is little-endian, with the elements from number
    /// `first` on.
    void fill(long first, ByteBuffer chunk);
  }

  private record Entry(String name, DType dtype, Shape shape, Source source) {
    long byteSize() {
      return shape.elements() * dtype.bytes();
    }
  }

  /// Adds a line of free text, such as the step or the configuration.
  public SafetensorsWriter metadata(String key, String value) {
    if (key.equals(SafetensorsHeader.CHECKSUM) || key.equals(SafetensorsHeader.WRITER)) {
      throw new IllegalArgumentException("the metadata key '" + key + "' is the writer's own");
    }
    metadata.put(key, value);
    return this;
  }

  /// Adds `shape.size()` floats from `data[offset]` on. They are read when the file is written.
  public SafetensorsWriter add(String name, Shape shape, float[] data, int offset) {
    return add(
        name,
        DType.F32,
        shape,
        data.length - offset,
        (first, chunk) ->
            chunk.asFloatBuffer().put(data, offset + (int) first, chunk.remaining() / 4));
  }

  /// Adds all of `data`.
  public SafetensorsWriter add(String name, Shape shape, int[] data) {
    return add(
        name,
        DType.I32,
        shape,
        data.length,
        (first, chunk) -> chunk.asIntBuffer().put(data, (int) first, chunk.remaining() / 4));
  }

  private SafetensorsWriter add(
      String name, DType dtype, Shape shape, int available, Source source) {
    if (available < shape.elements()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "tensor '%s': shape %s needs %d elements, the array has %d",
              name,
              shape,
              shape.elements(),
              available));
    }
    return add(name, dtype, shape, source);
  }

  /// Adds a tensor whose elements come from elsewhere, such as a device.
  public SafetensorsWriter add(String name, DType dtype, Shape shape, Source source) {
    if (!WRITTEN.contains(dtype)) {
      throw new IllegalArgumentException("tensor '" + name + "': " + dtype + " is only read");
    }
    if (name.equals("__metadata__")
        || entries.put(name, new Entry(name, dtype, shape, source)) != null) {
      throw new IllegalArgumentException("there is a tensor '" + name + "' already");
    }
    return this;
  }

  /// Writes the file, replacing an old one of that name in one step.
  ///
  /// @throws DiskException when there is no room; the old file is as it was
  public void write(Path file) throws DiskException {
    List<TensorInfo> tensors = new ArrayList<>();
    var end = 0L;
    for (var e : sorted()) {
      tensors.add(new TensorInfo(e.name, e.dtype, e.shape, end, end + e.byteSize()));
      end += e.byteSize();
    }
    // The checksum is known only after the data is written; a placeholder of its length stands in.
    var header = header("00000000", tensors);
    var headerLength = header.toJson().length;
    AtomicFile.write(
        file,
        8 + headerLength + end,
        channel -> {
          channel.position(8 + headerLength);
          var crc = new CRC32C();
          writeData(channel, crc);
          var json = header(header.checksum(crc), tensors).toJson();
          channel.position(0);
          var length = ByteBuffer.allocate(8).order(LITTLE_ENDIAN).putLong(0, json.length);
          AtomicFile.writeFully(channel, length);
          AtomicFile.writeFully(channel, ByteBuffer.wrap(json));
        });
  }

  /// In the order of the file: large elements first, so that each tensor is aligned to its element
  /// size.
  private List<Entry> sorted() {
    return entries.values().stream()
        .sorted(comparingInt((Entry e) -> -e.dtype.bytes()).thenComparing(Entry::name))
        .toList();
  }

  /// Writes the data section from where `channel` stands.
  ///
  /// @param crc is updated with all of it
  void writeData(WritableByteChannel channel, CRC32C crc) throws IOException {
    var chunk = ByteBuffer.allocateDirect(CHUNK).order(LITTLE_ENDIAN);
    for (var e : sorted()) {
      write(channel, e, chunk, crc);
    }
  }

  private SafetensorsHeader header(String checksum, List<TensorInfo> tensors) {
    Map<String, String> all = new LinkedHashMap<>(metadata);
    all.put(SafetensorsHeader.WRITER, SafetensorsHeader.FACET);
    all.put(SafetensorsHeader.CHECKSUM, checksum);
    return new SafetensorsHeader(all, tensors);
  }

  private static void write(WritableByteChannel channel, Entry entry, ByteBuffer chunk, CRC32C crc)
      throws IOException {
    var bytes = entry.dtype.bytes();
    for (var first = 0L; first < entry.shape.elements(); first += CHUNK / bytes) {
      var count = Math.min(CHUNK / bytes, entry.shape.elements() - first);
      chunk.clear().limit((int) count * bytes);
      entry.source.fill(first, chunk.slice().order(LITTLE_ENDIAN));
      crc.update(chunk.duplicate());
      AtomicFile.writeFully(channel, chunk);
    }
  }
}
