package facet.train.run;

import facet.train.ExitCode;
import facet.train.FacetException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The folder of one run:
///
///     config.yaml              the effective options, readable with --config
///     env.json                 what it ran on
///     metrics.csv              one row a step
///     events.out.tfevents.*    the same and the evaluations, for TensorBoard
///     checkpoints/last.safetensors, best.safetensors
///
/// It is never overwritten: `runs/name`, then `runs/name-2`, ...
public record RunFolder(Path root) {
  /// Makes a folder that does not exist yet.
  public static RunFolder create(Path parent, String name) {
    try {
      Files.createDirectories(parent);
      for (var i = 1; ; i++) {
        var root = parent.resolve(i == 1 ? name : name + "-" + i);
        try {
          Files.createDirectory(root);
          var folder = new RunFolder(root);
          folder.make();
          return folder;
        } catch (FileAlreadyExistsException e) {
          // An earlier run's: try the next number.
        }
      }
    } catch (IOException e) {
      throw cannotWrite(parent, e);
    }
  }

  /// The run that a folder, or a checkpoint in it, names.
  public static RunFolder of(Path path) {
    var inside = path.toAbsolutePath().getParent();
    return path.toString().endsWith(".safetensors") && inside != null && inside.getParent() != null
        ? new RunFolder(inside.getParent())
        : new RunFolder(path);
  }

  /// Makes the folder and its sub-folder, if they do not exist.
  public void make() {
    try {
      Files.createDirectories(root.resolve("checkpoints"));
    } catch (IOException e) {
      throw cannotWrite(root, e);
    }
  }

  public Path config() {
    return root.resolve("config.yaml");
  }

  public Path environment() {
    return root.resolve("env.json");
  }

  public Path metrics() {
    return root.resolve("metrics.csv");
  }

  /// The checkpoint `last` or `best`.
  public Path checkpoint(String name) {
    return root.resolve("checkpoints").resolve(name + ".safetensors");
  }

  /// Writes a small text file, whole or not at all.
  public void write(Path file, String text) {
    TextFile.write(file, text);
  }

  private static FacetException cannotWrite(Path path, IOException e) {
    return new FacetException(
        ExitCode.DISK,
        "%s: cannot be written (%s); free space or choose another folder with --output."
            .formatted(path, e.getMessage()),
        e);
  }
}
