package facet.train.run;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The folder of one run:
///
///     config.yaml              the effective options, readable with --config
///     env.json                 what it ran on, when, and the command line
///     train.log                what was printed
///     first-batch.png          the images of the first step, as the network saw them
///     metrics.csv              one row a step
///     events.out.tfevents.*    the same and the evaluations, for TensorBoard
///     checkpoints/last.safetensors, best.safetensors, step-<N>.safetensors
///     abandoned/               what a run left when it went on from an earlier checkpoint
///     .lock                    keeps a second process out
///
/// It is never overwritten: `runs/name`, then `runs/name-2`, ...
public record RunFolder(Path root) {
  private static final Pattern STEP = Pattern.compile("step-(\\d{1,18})\\.safetensors");

  /// Makes the folder of a run, which does not exist yet.
  public static RunFolder create(Path parent, String name) {
    var folder = new RunFolder(numbered(parent, name));
    folder.make();
    return folder;
  }

  /// Makes an empty folder that does not exist yet: `parent/name`, or `name-2`, ...
  public static Path numbered(Path parent, String name) {
    FileName.require(name, "--name");
    try {
      Files.createDirectories(parent);
      for (var i = 1; ; i++) {
        var root = parent.resolve(i == 1 ? name : name + "-" + i);
        try {
          return Files.createDirectory(root);
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

  /// Whether `--resume` asks for [#newest] instead of a folder.
  public static boolean isNewest(String resume) {
    return resume.equals("auto") || resume.equals("last");
  }

  /// The run below `output` whose checkpoint was written last, if there is one.
  ///
  /// @param name of the run (a number may follow it), null for any
  public static Optional<RunFolder> newest(Path output, @Nullable String name) {
    if (!Files.isDirectory(output)) {
      return Optional.empty();
    }
    try (var folders = Files.list(output)) {
      return folders
          .filter(
              folder ->
                  name == null
                      || folder.getFileName().toString().matches(Pattern.quote(name) + "(-\\d+)?"))
          .map(RunFolder::new)
          .filter(run -> Files.isRegularFile(run.config()))
          .filter(run -> Files.isRegularFile(run.checkpoint("last")))
          .max(Comparator.comparingLong(run -> run.checkpoint("last").toFile().lastModified()));
    } catch (IOException e) {
      throw FacetException.unreadable(output, "listed", e);
    }
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

  public Path log() {
    return root.resolve("train.log");
  }

  public Path firstBatch() {
    return root.resolve("first-batch.png");
  }

  /// The checkpoint `last` or `best`.
  public Path checkpoint(String name) {
    return root.resolve("checkpoints").resolve(name + ".safetensors");
  }

  /// The checkpoints that a run can resume from: `last`, then `step-<N>`, the newest first.
  public List<Path> checkpoints() {
    var checkpoints = new ArrayList<Path>();
    checkpoints.add(checkpoint("last"));
    checkpoints.addAll(kept());
    return checkpoints;
  }

  /// Those of [#checkpoints] that are there.
  public List<Path> saved() {
    return checkpoints().stream().filter(Files::exists).toList();
  }

  /// Keeps `last`, which has just been saved after `step` steps, as `step-<step>`, too, and of such
  /// checkpoints the newest `count`.
  public void keepLast(long step, int count) {
    var last = checkpoint("last");
    try {
      if (count > 0) {
        linkOrCopy(last, checkpoint("step-" + step));
      }
      var kept = kept();
      for (var old : kept.subList(Math.min(count, kept.size()), kept.size())) {
        Files.delete(old);
      }
    } catch (IOException e) {
      throw cannotWrite(last, e);
    }
  }

  /// Puts what a run did after `step` steps aside, into `abandoned/`, when it goes on from there in
  /// another way: checkpoints of those steps would be taken for newer ones of this run.
  ///
  /// @param stepOf tells the step of `last` and `best`
  public void putAside(long step, ToLongFunction<Path> stepOf) {
    var later = new ArrayList<Path>();
    for (var kept : kept()) {
      if (stepOf(kept) > step) {
        later.add(kept);
      }
    }
    for (var other : List.of(checkpoint("last"), checkpoint("best"))) {
      if (Files.exists(other) && stepOf.applyAsLong(other) > step) {
        later.add(other);
      }
    }
    var aside = root.resolve("abandoned");
    try {
      if (!later.isEmpty()) {
        Files.createDirectories(aside);
        for (var file : List.of(metrics(), config())) {
          if (Files.exists(file)) {
            Files.copy(
                file, aside.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
      for (var file : later) {
        Files.move(file, aside.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw cannotWrite(aside, e);
    }
  }

  /// Removes what a write left that a crash cut off. To be called by who holds the folder's lock.
  public void removeStale() {
    for (var folder : List.of(root, root.resolve("checkpoints"), root.resolve("eval"))) {
      if (Files.isDirectory(folder)) {
        try (var files = Files.newDirectoryStream(folder, "*.tmp")) {
          for (var file : files) {
            Files.delete(file);
          }
        } catch (IOException e) {
          throw cannotWrite(folder, e);
        }
      }
    }
  }

  /// A second name for the same bytes: the next `last` is another file.
  private static void linkOrCopy(Path file, Path second) throws IOException {
    Files.deleteIfExists(second);
    try {
      Files.createLink(second, file);
    } catch (FileSystemException | UnsupportedOperationException e) {
      Files.copy(file, second, StandardCopyOption.REPLACE_EXISTING); // no links on this disk
    }
  }

  private List<Path> kept() {
    try (var files = Files.list(root.resolve("checkpoints"))) {
      return files
          .filter(file -> STEP.matcher(file.getFileName().toString()).matches())
          .sorted(Comparator.comparingLong(RunFolder::stepOf).reversed())
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw FacetException.unreadable(root.resolve("checkpoints"), "listed", e);
    }
  }

  private static long stepOf(Path checkpoint) {
    var matcher = STEP.matcher(checkpoint.getFileName().toString());
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }

  private static FacetException cannotWrite(Path path, IOException e) {
    return FacetException.disk(path, "free space or choose another folder with --output", e);
  }
}
