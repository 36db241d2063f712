package facet.nn.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import facet.nn.io.TorchTensor.Storage;
import facet.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Reads the tensors of a checkpoint that `torch.save` wrote, in its zip format or in the one
/// before PyTorch 1.6: those in a dictionary, or in dictionaries within it, under their keys joined
/// by dots. No Python is run: [Unpickler] refuses what is not data. The tensors stay in the file
/// until they are asked for.
public final class TorchReader implements WeightFile {
  /// Where the elements of the storages are.
  sealed interface Storages extends AutoCloseable permits TorchZip, TorchLegacy {
    /// The value that the checkpoint's pickle describes.
    Object root(Unpickler.World world) throws IOException;

    /// Checks that all `storages` are there with the right sizes, after [#root].
    void check(Iterable<Storage> storages) throws IOException;

    /// `count` elements of a storage from number `first` on, little-endian.
    ByteBuffer read(Storage storage, long first, int count) throws IOException;

    /// The bytes of the whole file.
    long fileSize();

    @Override
    void close() throws IOException;
  }

  private final Path file;
  private final Storages storages;
  private final Map<String, TorchTensor> tensors;

  private TorchReader(Path file, Storages storages) throws IOException {
    this.file = file;
    this.storages = storages;
    var world = new TorchWorld();
    tensors = TorchWorld.tensors(storages.root(world));
    storages.check(world.storages().values());
    var bytes = 0.0;
    for (var tensor : tensors.values()) {
      bytes += (double) tensor.shape().size() * tensor.storage().dtype().bytes();
    }
    if (bytes > 4.0 * storages.fileSize()) {
      throw new PickleException(
          String.format(
              Locale.ROOT,
              "its tensors have %.0f bytes together, the file %d",
              bytes,
              storages.fileSize()));
    }
  }

  /// Whether a file that begins with these 16 bytes may be one of PyTorch's.
  static boolean recognises(byte[] start) {
    var zip = start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
    // A safetensors file may begin with any two bytes, but then has its header from byte 8 on.
    return zip || ((start[0] & 0xff) == 0x80 && start[8] != '{');
  }

  /// Opens `file`, finds all its tensors and checks that they lie in it.
  ///
  /// @throws WeightFileException when it is missing, damaged, hostile or holds no tensors
  public static TorchReader open(Path file) throws WeightFileException {
    Storages storages = null;
    try {
      storages = TorchZip.isZip(file) ? TorchZip.open(file) : TorchLegacy.open(file);
      return new TorchReader(file, storages);
    } catch (IOException | RuntimeException e) {
      var failure = failure(file, e);
      if (storages != null) {
        try {
          storages.close();
        } catch (IOException closing) {
          failure.addSuppressed(closing);
        }
      }
      throw failure;
    }
  }

  private static WeightFileException failure(Path file, Exception e) {
    return switch (e) {
      case WeightFileException typed -> typed;
      case PickleException pickle ->
          new WeightFileException(file, String.valueOf(pickle.getMessage()), pickle);
      default ->
          new WeightFileException(
              file, "is damaged or no checkpoint of PyTorch's (" + e.getMessage() + ")", e);
    };
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  /// All elements of a tensor of floats of 16, 32 or 64 bits.
  @Override
  public float[] floats(String name) throws WeightFileException {
    var tensor = tensors.get(name);
    if (tensor == null) {
      throw new WeightFileException(
          file, "there is no tensor '" + name + "' among the " + tensors.size());
    }
    try {
      var stored = new float[tensor.extent()];
      fill(stored, tensor, name);
      return tensor.rowMajor(stored);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private void fill(float[] target, TorchTensor tensor, String name) throws IOException {
    var dtype = tensor.storage().dtype();
    var bytes =
        storages.read(tensor.storage(), tensor.offset(), target.length).order(LITTLE_ENDIAN);
    switch (dtype) {
      case F32 -> bytes.asFloatBuffer().get(target);
      case F64 -> {
        for (var i = 0; i < target.length; i++) {
          target[i] = (float) bytes.getDouble();
        }
      }
      case F16 -> {
        for (var i = 0; i < target.length; i++) {
          target[i] = Float.float16ToFloat(bytes.getShort());
        }
      }
      case BF16 -> {
        for (var i = 0; i < target.length; i++) {
          target[i] = Float.intBitsToFloat(bytes.getShort() << 16);
        }
      }
      case I64, I32, I16, I8, U8, BOOL ->
          throw new PickleException(
              "tensor '" + name + "' is " + dtype + ", expected F64, F32, F16 or BF16");
    }
  }

  @Override
  public void close() {
    try {
      storages.close();
    } catch (IOException e) {
      System.getLogger(TorchReader.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot close " + file, e);
    }
  }
}
