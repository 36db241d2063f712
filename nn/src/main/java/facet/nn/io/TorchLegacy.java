package facet.nn.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import facet.nn.io.TorchTensor.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// PyTorch's format before version 1.6: five pickles (a magic number, the version, the machine, the
/// value, the keys of the storages), then each storage as its count and its elements.
final class TorchLegacy implements TorchReader.Storages {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;
  private static final int MAX_PICKLE = 64 << 20; // bytes, for all five
  private static final ValueLayout.OfLong COUNT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final Arena arena;
  private final MemorySegment all;
  private final Map<String, Long> positions = new HashMap<>();
  private List<?> keys = List.of();
  private long data;

  private TorchLegacy(Arena arena, MemorySegment all) {
    this.arena = arena;
    this.all = all;
  }

  @SuppressWarnings("MustBeClosedChecker") // close() closes it
  static TorchLegacy open(Path file) throws IOException {
    var arena = Arena.ofShared();
    try (var channel = WeightFile.channel(file)) {
      return new TorchLegacy(
          arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public Object root(Unpickler.World world) throws IOException {
    var pickles = all.asSlice(0, Math.min(MAX_PICKLE, all.byteSize())).asByteBuffer();
    if (!MAGIC.equals(Unpickler.read(pickles, world))
        || !Long.valueOf(VERSION).equals(Unpickler.read(pickles, world))) {
      throw new PickleException(
          "it is a pickle, but none of torch.save's; save the weights with torch.save(...)");
    }
    if (Unpickler.read(pickles, world) instanceof Map<?, ?> machine
        && Boolean.FALSE.equals(machine.get("little_endian"))) {
      throw new PickleException("its byte order is not little-endian");
    }
    var root = Unpickler.read(pickles, world);
    if (!(Unpickler.read(pickles, world) instanceof List<?> list)) {
      throw new PickleException("it has no list of its storages");
    }
    keys = list;
    data = pickles.position();
    return root;
  }

  @Override
  public void check(Iterable<Storage> storages) throws IOException {
    Map<String, Storage> byKey = new HashMap<>();
    storages.forEach(s -> byKey.put(s.key(), s));
    var at = data;
    for (var key : keys) {
      var text = TorchWorld.text(key);
      var storage = byKey.get(text);
      if (storage == null) {
        throw new PickleException("its storage " + text + " belongs to no tensor");
      }
      if (at + COUNT.byteSize() > all.byteSize()
          || all.get(COUNT, at) != storage.count()
          || storage.byteSize() > all.byteSize() - at - COUNT.byteSize()) {
        throw new PickleException("it is cut off or damaged at its storage " + storage.key());
      }
      at += COUNT.byteSize();
      positions.put(storage.key(), at);
      at += storage.byteSize();
    }
    for (var storage : storages) {
      if (!positions.containsKey(storage.key())) {
        throw new PickleException("it has no storage " + storage.key());
      }
    }
  }

  @Override
  public ByteBuffer read(Storage storage, long first, int count) {
    var size = storage.dtype().bytes();
    var position = positions.getOrDefault(storage.key(), 0L); // check() found all
    return all.asSlice(position + first * size, (long) count * size).asByteBuffer();
  }

  @Override
  public long fileSize() {
    return all.byteSize();
  }

  @Override
  public void close() {
    arena.close();
  }
}
