package facet.nn.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/// The bytes of a safetensors file's tensors, for types that networks do not have.
public final class TensorData {
  private final ByteBuffer file;

  public TensorData(byte[] file) {
    this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  static TensorData of(Path file) throws IOException {
    return new TensorData(Files.readAllBytes(file));
  }

  /// The elements of `tensor`, little-endian.
  public ByteBuffer of(TensorInfo tensor) {
    var begin = 8 + (int) file.getLong(0) + (int) tensor.begin();
    return file.slice(begin, (int) tensor.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
  }
}
