package facet.nn.io;

import facet.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/// Named tensors in a file, of whatever format: what a network's weights are read from.
public interface WeightFile extends AutoCloseable {
  /// Opens a safetensors file or a checkpoint of PyTorch's; the content decides, not the name.
  ///
  /// @throws WeightFileException when it is missing, damaged, hostile or neither
  static WeightFile open(Path file) throws WeightFileException {
    var start = new byte[16];
    try (var channel = channel(file)) {
      channel.read(ByteBuffer.wrap(start));
    } catch (WeightFileException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightFileException(file, "cannot be read (" + e.getMessage() + ")", e);
    }
    return TorchReader.recognises(start) ? TorchReader.open(file) : SafetensorsReader.open(file);
  }

  /// Opens `file` for reading, if it is one: opening a pipe would wait for its writer.
  ///
  /// @throws WeightFileException when it is missing, a folder, a pipe or a device
  static FileChannel channel(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new WeightFileException(file, "is a folder, not a file of weights");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new WeightFileException(file, "is a pipe, socket or device, not a file of weights");
    }
    try {
      return FileChannel.open(file);
    } catch (NoSuchFileException e) {
      throw new WeightFileException(file, "there is no such file", e);
    }
  }

  /// Where it was read from.
  Path file();

  /// Free text by key; empty where the format or the writer has none.
  Map<String, String> metadata();

  /// The shapes of all tensors by name, in the file's order.
  Map<String, Shape> shapes();

  /// All elements of a tensor of real numbers, row-major.
  ///
  /// @throws WeightFileException when there is none of that name, or it holds integers
  float[] floats(String name) throws WeightFileException;

  @Override
  void close();
}
