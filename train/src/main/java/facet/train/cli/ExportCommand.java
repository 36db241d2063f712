package facet.train.cli;

import facet.kernels.Devices;
import facet.nn.IResNet;
import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.train.error.ExitCode;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `facet export`.
@Command(
    name = "export",
    description =
        "Writes the network of a checkpoint alone, without head and momentum: smaller, and loadable"
            + " in Python under insightface's names.",
    mixinStandardHelpOptions = true)
public final class ExportCommand implements Callable<Integer> {
  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      required = true,
      description = "The checkpoint of a run.")
  private Path checkpoint = Path.of("");

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The file to write.")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    try (var backend = Devices.open("cpu", 1);
        var scope = Scope.on(backend)) {
      var spec = Checkpoint.spec(checkpoint);
      var parameters = new Parameters(scope, 0);
      new IResNet(parameters, spec);
      Checkpoint.initialize(checkpoint, parameters.all());
      Checkpoint.save(out, new Checkpoint.State(parameters.all(), List.of()), spec.toMetadata());
      Console.standard()
          .line(String.format(Locale.ROOT, "%s: %d tensors", out, parameters.all().size()));
    }
    return ExitCode.OK.code();
  }
}
