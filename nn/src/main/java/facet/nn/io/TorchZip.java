package facet.nn.io;

import static java.nio.charset.StandardCharsets.US_ASCII;

import facet.nn.io.TorchTensor.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// PyTorch's format since version 1.6: a zip archive with the pickle in `NAME/data.pkl` and each
/// storage in `NAME/data/KEY`, none compressed.
final class TorchZip implements TorchReader.Storages {
  private static final int MAX_PICKLE = 64 << 20; // bytes; those of the largest networks have 1e6
  private static final String PICKLE = "/data.pkl";

  private final ZipFile zip;
  private final String folder;
  private final long fileSize;

  private TorchZip(ZipFile zip, String folder, long fileSize) {
    this.zip = zip;
    this.folder = folder;
    this.fileSize = fileSize;
  }

  static boolean isZip(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return in.read() == 'P' && in.read() == 'K';
    }
  }

  static TorchZip open(Path file) throws IOException {
    var zip = new ZipFile(file.toFile());
    try {
      var pickles =
          zip.stream().map(ZipEntry::getName).filter(name -> name.endsWith(PICKLE)).toList();
      if (pickles.size() != 1) {
        throw new WeightFileException(
            file,
            String.format(
                Locale.ROOT,
                "it is a zip file with %d entries data.pkl, expected 1 as torch.save writes",
                pickles.size()));
      }
      var name = pickles.getFirst();
      var folder = name.substring(0, name.length() - PICKLE.length() + 1);
      if (zip.getEntry(folder + "constants.pkl") != null) {
        throw new WeightFileException(
            file,
            "it is a TorchScript archive; save its weights alone:"
                + " torch.save(torch.jit.load(...).state_dict(), ...)");
      }
      return new TorchZip(zip, folder, Files.size(file));
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  @Override
  public Object root(Unpickler.World world) throws IOException {
    var order = zip.getEntry(folder + "byteorder");
    if (order != null
        && !new String(bytes(order, 0, (int) Math.min(16, order.getSize())), US_ASCII)
            .strip()
            .equals("little")) {
      throw new PickleException("its byteorder is not little");
    }
    var pickle = stored(folder + "data.pkl");
    if (pickle.getSize() > MAX_PICKLE) {
      throw new PickleException(
          String.format(Locale.ROOT, "data.pkl has %,d bytes", pickle.getSize()));
    }
    return Unpickler.read(ByteBuffer.wrap(bytes(pickle, 0, (int) pickle.getSize())), world);
  }

  @Override
  public void check(Iterable<Storage> storages) throws IOException {
    for (var storage : storages) {
      var entry = stored(folder + "data/" + storage.key());
      if (entry.getSize() != storage.byteSize()) {
        throw new PickleException(
            String.format(
                Locale.ROOT,
                "%s has %d bytes, but %d elements of %s need %d",
                entry.getName(),
                entry.getSize(),
                storage.count(),
                storage.dtype(),
                storage.byteSize()));
      }
    }
  }

  @Override
  public ByteBuffer read(Storage storage, long first, int count) throws IOException {
    var entry = stored(folder + "data/" + storage.key());
    var size = storage.dtype().bytes();
    return ByteBuffer.wrap(bytes(entry, first * size, Math.multiplyExact(count, size)));
  }

  /// The entry `name`, which is in the file as it is: no more memory is needed than the file has.
  private ZipEntry stored(String name) throws IOException {
    var entry = zip.getEntry(name);
    if (entry == null) {
      throw new PickleException("it has no entry " + name);
    }
    if (entry.getMethod() != ZipEntry.STORED
        || entry.getSize() < 0
        || entry.getSize() != entry.getCompressedSize()
        || entry.getSize() > fileSize) {
      throw new PickleException("the entry %s is compressed or of a wrong size".formatted(name));
    }
    return entry;
  }

  private byte[] bytes(ZipEntry entry, long from, int count) throws IOException {
    try (var in = zip.getInputStream(entry)) {
      in.skipNBytes(from);
      var bytes = in.readNBytes(count);
      if (bytes.length < count) {
        throw new PickleException(entry.getName() + " ends early");
      }
      if (count == entry.getSize() && entry.getCrc() != 0) { // a writer may leave the checksum out
        var crc = new CRC32();
        crc.update(bytes);
        if (crc.getValue() != entry.getCrc()) {
          throw new PickleException(
              String.format(
                  Locale.ROOT,
                  "the checksum of %s is %08x, the file says %08x: it is damaged",
                  entry.getName(),
                  crc.getValue(),
                  entry.getCrc()));
        }
      }
      return bytes;
    }
  }

  @Override
  public long fileSize() {
    return fileSize;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
