package facet.nn.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Checkpoints that PyTorch wrote (`torch/torch_files.py.txt` beside them).
public final class TorchFiles {
  private TorchFiles() {}

  /// Copies the resource `name` into `folder`.
  public static Path copy(String name, Path folder) throws IOException {
    var file = folder.resolve(name);
    Files.write(file, bytes(name));
    return file;
  }

  static byte[] bytes(String name) throws IOException {
    try (var in = TorchFiles.class.getResourceAsStream("torch/" + name)) {
      if (in == null) {
        throw new AssertionError("there is no resource " + name);
      }
      return in.readAllBytes();
    }
  }
}
