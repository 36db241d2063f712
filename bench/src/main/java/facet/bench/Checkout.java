package facet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.options.Options;

/// Another version of Facet, in a folder of its own (`git worktree add`), built by its launcher.
record Checkout(Path root, Options options) implements Contender {
  @Override
  public @Nullable Launch measure(Question question) throws IOException {
    var file = Files.createTempFile("facet-bench", ".json");
    try {
      var process =
          new ProcessBuilder(command(question, file))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (waitFor(process) != 0 || Files.size(file) == 0) {
        return null;
      }
      return Results.read(file).launches().values().stream()
          .map(List::getFirst)
          .findFirst()
          .orElse(null);
    } finally {
      Files.delete(file);
    }
  }

  List<String> command(Question question, Path file) {
    var command = new ArrayList<>(List.of(root.resolve("facet").toString(), "bench"));
    command.addAll(List.of("-f", "1", "-rf", "json", "-rff", file.toString()));
    question.params().forEach((name, value) -> command.addAll(List.of("-p", name + "=" + value)));
    command.addAll(PassedOn.arguments(options));
    command.add("^" + Pattern.quote(question.benchmark()) + "$");
    return command;
  }

  static int waitFor(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
