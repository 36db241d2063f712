package facet.nn.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.util.Comparator.comparingLong;

import facet.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads a safetensors file. Opening it checks everything: the header, that the tensors cover the
/// data section without hole or overlap, and the checksum if [SafetensorsWriter] left one. The data
/// stays in the file, mapped into memory; the read methods copy straight into the caller's arrays.
/// A reader may be used by several threads.
public final class SafetensorsReader implements WeightFile {
  private static final long MAX_HEADER = 100_000_000;
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble F64 =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final Path file;
  private final Arena arena;
  private final MemorySegment data;
  private final Map<String, String> metadata;
  private final Map<String, TensorInfo> tensors;

  private SafetensorsReader(Path file, Arena arena, MemorySegment all) throws SafetensorsException {
    this.file = file;
    this.arena = arena;
    var headerLength = all.byteSize() < 8 ? -1 : all.get(I64, 0);
    if (headerLength < 0 || headerLength > Math.min(MAX_HEADER, all.byteSize() - 8)) {
      var kind = kind(all);
      if (kind != null) {
        throw fail("it is " + kind + ", not a safetensors file");
      }
      throw fail(
          String.format(
              Locale.ROOT,
              "it is no safetensors file, or is cut off: the header length %d does not fit a file"
                  + " of %d bytes or exceeds %d bytes",
              headerLength,
              all.byteSize(),
              MAX_HEADER));
    }
    var json = all.asSlice(8, headerLength);
    this.data = all.asSlice(8 + headerLength);
    var header = HeaderParser.parse(file, json.asByteBuffer());
    requireNoHoles(header);
    if (isAsWritten(header, json)) {
      requireChecksum(header);
    }
    this.metadata = Collections.unmodifiableMap(header.metadata());
    Map<String, TensorInfo> byName = new LinkedHashMap<>();
    header.tensors().forEach(t -> byName.put(t.name(), t));
    this.tensors = Collections.unmodifiableMap(byName);
  }

  /// What else the file is, null if it may be a safetensors file.
  private static @Nullable String kind(MemorySegment all) {
    var start = new byte[(int) Math.min(FileKind.LOOKED_AT, all.byteSize())];
    MemorySegment.copy(all, ValueLayout.JAVA_BYTE, 0, start, 0, start.length);
    var kind = FileKind.of(start);
    return FileKind.SAFETENSORS.equals(kind) ? null : kind;
  }

  /// Whether the header is, byte for byte, as [SafetensorsWriter] writes it. Another program that
  /// saves the tensors may copy Facet's metadata, whose checksum then belongs to other data.
  private static boolean isAsWritten(SafetensorsHeader header, MemorySegment json) {
    var written = MemorySegment.ofArray(header.toJson());
    return written.mismatch(json) < 0;
  }

  /// Opens and verifies `file`.
  ///
  /// @throws WeightFileException when it is missing, damaged or no safetensors file
  @SuppressWarnings("MustBeClosedChecker") // the reader owns the arena, and close() closes it
  public static SafetensorsReader open(Path file) throws WeightFileException {
    var arena = Arena.ofShared();
    try (var channel = WeightFile.channel(file)) {
      var all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new SafetensorsReader(file, arena, all);
    } catch (IOException e) {
      arena.close();
      throw e instanceof WeightFileException typed
          ? typed
          : new SafetensorsException(file, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach((name, info) -> shapes.put(name, info.shape()));
    return shapes;
  }

  /// The tensor `name`.
  ///
  /// @throws SafetensorsException when there is none
  public TensorInfo tensor(String name) throws SafetensorsException {
    var info = tensors.get(name);
    if (info == null) {
      throw fail("there is no tensor '" + name + "' among the " + tensors.size());
    }
    return info;
  }

  /// All elements of a tensor of floating-point numbers, as floats.
  @Override
  public float[] floats(String name) throws SafetensorsException {
    var target = new float[size(tensor(name))];
    read(name, 0, target, 0, target.length);
    return target;
  }

  /// Reads `length` elements of such a tensor, from its element number `first` on, into
  /// `target[offset]` and following.
  public void read(String name, long first, float[] target, int offset, int length)
      throws SafetensorsException {
    var info = tensor(name);
    if (first < 0 || length < 0 || length > info.shape().elements() - first) {
      throw new IndexOutOfBoundsException(
          String.format(
              Locale.ROOT,
              "%s: tensor '%s' of shape %s has no elements %d to %d",
              file,
              name,
              info.shape(),
              first,
              first + length));
    }
    var begin = info.begin() + first * info.dtype().bytes();
    switch (info.dtype()) {
      case F32 -> MemorySegment.copy(data, F32, begin, target, offset, length);
      case F16 -> {
        for (var i = 0; i < length; i++) {
          target[offset + i] = Float.float16ToFloat(data.get(I16, begin + 2L * i));
        }
      }
      case BF16 -> {
        for (var i = 0; i < length; i++) {
          target[offset + i] = Float.intBitsToFloat(data.get(I16, begin + 2L * i) << 16);
        }
      }
      case F64 -> {
        for (var i = 0; i < length; i++) {
          target[offset + i] = (float) data.get(F64, begin + 8L * i);
        }
      }
      case I64, I32, I16, I8, U8, BOOL ->
          throw fail(
              "tensor '" + name + "' is " + info.dtype() + ", expected F64, F32, F16 or BF16");
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  /// How many elements a tensor has that is read at once.
  private int size(TensorInfo info) throws SafetensorsException {
    if (info.shape().elements() > Shape.MOST) {
      throw fail(
          String.format(
              Locale.ROOT,
              "tensor '%s' is %s, more elements than are read at once",
              info.name(),
              info.shape()));
    }
    return info.shape().size();
  }

  private void requireNoHoles(SafetensorsHeader header) throws SafetensorsException {
    var sorted =
        header.tensors().stream()
            .sorted(comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end))
            .toList();
    var end = 0L;
    for (var t : sorted) {
      if (t.begin() != end) {
        throw fail(
            String.format(
                Locale.ROOT,
                "tensor '%s': data_offsets begin at %d, but the tensor before it ends at %d (%s)",
                t.name(),
                t.begin(),
                end,
                t.begin() < end ? "an overlap" : "a hole"));
      }
      end = t.end();
    }
    if (end != data.byteSize()) {
      throw fail(
          String.format(
              Locale.ROOT,
              "the tensors need %d bytes of data, the file has %d: it is cut off or has too much",
              end,
              data.byteSize()));
    }
  }

  private void requireChecksum(SafetensorsHeader header) throws SafetensorsException {
    var expected = header.metadata().get(SafetensorsHeader.CHECKSUM);
    if (expected == null) {
      if (SafetensorsHeader.FACET.equals(header.metadata().get(SafetensorsHeader.WRITER))) {
        throw fail("__metadata__ lacks " + SafetensorsHeader.CHECKSUM + ": the file is damaged");
      }
      return;
    }
    var crc = new CRC32C();
    var step = 1L << 30; // a ByteBuffer holds less than 2 GB
    for (var begin = 0L; begin < data.byteSize(); begin += step) {
      var length = Math.min(step, data.byteSize() - begin);
      crc.update(data.asSlice(begin, length).asByteBuffer());
    }
    var actual = header.checksum(crc);
    if (!actual.equals(expected)) {
      throw fail(
          String.format(
              Locale.ROOT,
              "the checksum is %s, but %s says %s: the file is damaged (values that were changed"
                  + " on purpose are saved without %2$s and %4$s)",
              actual,
              SafetensorsHeader.CHECKSUM,
              expected,
              SafetensorsHeader.WRITER));
    }
  }

  private SafetensorsException fail(String problem) {
    return new SafetensorsException(file, problem);
  }
}
