package facet.train.cli;

import facet.train.config.DeviceOptions;
import facet.train.demo.Demo;
import facet.train.run.Console;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `facet demo`.
@Command(
    name = "demo",
    header = "Shows the whole method on invented faces, in a few minutes.",
    description =
        "Pretrains a small network with ArcFace, fine-tunes it with and without the Distribution"
            + " Distillation Loss, and compares them on people it has never seen.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class DemoCommand implements Callable<Integer> {
  @Option(names = "--quick", description = "A much shorter run that only shows that all works.")
  private boolean quick;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides faces and weights. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Where the run folder is made. Default: ${DEFAULT-VALUE}.")
  private Path output = Path.of("runs");

  @Mixin private DeviceOptions device = new DeviceOptions();

  @ParentCommand private Program program;

  @Override
  public Integer call() {
    var demo = new Demo(quick, seed, output, device, program.interrupt(), Console.standard());
    return demo.run().code();
  }
}
