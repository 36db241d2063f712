package facet.train.cli;

import facet.train.config.DeviceOptions;
import facet.train.error.ExitCode;
import facet.train.eval.Evaluation;
import facet.train.experiment.Experiment;
import facet.train.experiment.ExperimentFaces;
import facet.train.experiment.ExperimentRun;
import facet.train.report.Report;
import facet.train.run.Console;
import facet.train.run.FileName;
import facet.train.run.FolderLock;
import facet.train.run.Interrupt;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `facet experiment`.
@Command(
    name = "experiment",
    header = "Compares ways of fine-tuning over several seeds, as a file describes them.",
    description =
        "It pretrains a network for each seed, fine-tunes every arm from it on the same batches,"
            + " and prints a table with intervals. Called again it goes on where it stopped.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ExperimentCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE.yaml", description = "The arms, seeds, data and settings.")
  private Path file = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "DIR|FILE.rec",
      description = "Faces, instead of those that the file names.")
  private @Nullable Path data;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Where the experiment's folder is made. Default: ${DEFAULT-VALUE}.")
  private Path output = Path.of("runs");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the experiment's folder. Default: that of the file.")
  private @Nullable String name;

  @Option(names = "--dry-run", description = "Check the description and the data, train nothing.")
  private boolean dryRun;

  @Mixin private DeviceOptions device = new DeviceOptions();

  @ParentCommand private Program program;

  @Override
  public Integer call() {
    var console = Console.standard();
    var experiment = Experiment.read(file, data);
    var options = experiment.options();
    var size = options.train.network().size();
    var opened = options.data.faces(size, device, console);
    var faces = new ExperimentFaces(experiment, opened);
    if (options.train.run.init != null) {
      var known = faces.validation(experiment.units().getFirst());
      TrainedPeople.warn(options.train.run.init, known, opened);
    }
    console.line(
        "%d seeds, arms %s, compared with %s",
        experiment.seeds().size(), String.join(", ", experiment.arms()), experiment.baseline());
    if (dryRun) {
      return ExitCode.OK.code();
    }
    var folder = output.resolve(name == null ? stem(file) : FileName.require(name, "--name"));
    console.line("Experiment folder: " + folder);
    try (var backend = device.open();
        var _ = FolderLock.of(folder)) {
      var interrupt = program.interrupt();
      interrupt.watch(Interrupt.SAVES);
      var results =
          new ExperimentRun(
                  experiment,
                  faces,
                  folder,
                  backend,
                  console,
                  embedder -> Evaluation.watched(embedder, interrupt, console),
                  interrupt::raised)
              .run();
      console.line("");
      console.line(results.markdown());
      console.line("Table: " + folder.resolve("table.md"));
      console.line("Report: " + Report.write(folder));
      return interrupt.raised() ? ExitCode.INTERRUPTED.code() : ExitCode.OK.code();
    }
  }

  private static String stem(Path file) {
    return file.toAbsolutePath().getFileName().toString().replaceFirst("\\.ya?ml$", "");
  }
}
