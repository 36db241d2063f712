package facet.train.config;

import facet.train.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The file of a network; the folder of a run stands for its best checkpoint, or for the last of a
/// run without evaluations.
public final class CheckpointPath implements ITypeConverter<Path> {
  @Override
  public Path convert(String text) {
    if (text.isBlank()) {
      throw new TypeConversionException("an empty path");
    }
    var path = Path.of(text);
    if (!Files.isDirectory(path)) {
      return path;
    }
    var run = new RunFolder(path);
    var best = run.checkpoint("best");
    return Files.exists(best) ? best : run.checkpoint("last");
  }
}
