package facet.train.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// Runs of `facet train` on a few small faces with a very small network: what tests of the command
/// line start from.
abstract class SmallTrainings {
  static final int PEOPLE = 6;

  /// Options of every run that does not give others.
  private static final Map<String, Object> USUAL =
      Map.of(
          "--width",
          4,
          "--depths",
          "1,1",
          "--size",
          16,
          "--embedding",
          8,
          "--epochs",
          2,
          "--warmup",
          0,
          "--name",
          "run",
          "--threads",
          1);

  @TempDir static Path shared;
  @TempDir Path temp;

  @BeforeAll
  static void drawFaces() throws IOException {
    DrawnFaces.draw(shared.resolve("faces"), PEOPLE);
  }

  /// `train` on the small faces with a very small network.
  final CommandLineRun train(Object... options) {
    var more = flat(options);
    var usual = new ArrayList<Object>(List.of("train"));
    var all = new LinkedHashMap<String, Object>(USUAL);
    all.put("--data", shared.resolve("faces"));
    all.put("--output", temp.resolve("runs"));
    all.forEach(
        (option, value) -> {
          if (!more.contains(option)) {
            usual.addAll(List.of(option, value));
          }
        });
    return CommandLineRun.of(
        Stream.of(usual.stream(), batches(more), more.stream()).flatMap(part -> part).toArray());
  }

  /// Small batches; the losses over branches have a size of their own.
  private static Stream<Object> batches(List<Object> options) {
    var branches =
        options.contains("--ddl-branch")
            || options.contains("ddl")
            || options.contains("--batch-size");
    return branches ? Stream.of() : Stream.of("--batch-size", 8);
  }

  /// The arguments with the elements of arrays among them in their place.
  static List<Object> flat(Object... arguments) {
    return Arrays.stream(arguments)
        .flatMap(a -> a instanceof Object[] several ? flat(several).stream() : Stream.of(a))
        .toList();
  }

  /// Another command with the network of the run `run` on the small faces.
  final CommandLineRun onFaces(String command, Object... options) {
    return CommandLineRun.of(
        command,
        new Object[] {"--checkpoint", checkpoint("run"), "--data", shared.resolve("faces")},
        options);
  }

  final Path checkpoint(String run) {
    return temp.resolve("runs").resolve(run).resolve("checkpoints/last.safetensors");
  }
}
