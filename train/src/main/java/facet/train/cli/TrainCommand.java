package facet.train.cli;

import facet.tensor.Backend;
import facet.train.config.Config;
import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.config.TrainOptions;
import facet.train.config.ValidationOptions;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.eval.Evaluation;
import facet.train.eval.Protocol;
import facet.train.report.EvaluationFile;
import facet.train.report.Report;
import facet.train.run.Console;
import facet.train.run.Environment;
import facet.train.run.FolderLock;
import facet.train.run.Interrupt;
import facet.train.run.RunFolder;
import facet.train.training.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `facet train`.
@Command(
    name = "train",
    description = "Trains a network on a folder of faces, or fine-tunes one with --loss ddl.",
    mixinStandardHelpOptions = true,
    resourceBundle = "facet.train.config.OptionTexts",
    sortOptions = false)
public final class TrainCommand implements Callable<Integer> {
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();
  @Mixin private TrainOptions train = new TrainOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = Config.OPTION,
      paramLabel = "FILE.yaml",
      description = "Take options from a file; flags win over it.")
  @SuppressWarnings("UnusedVariable") // Config reads it from the arguments, before picocli does
  private @Nullable Path config;

  @ParentCommand private Program program;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    var console = Console.standard();
    findResumed(console);
    if (train.run.resume != null && !Files.isRegularFile(RunFolder.of(train.run.resume).config())) {
      throw FacetException.data(
          train.run.resume,
          "there is no run to resume",
          "name a run's folder, such as runs/arcface");
    }
    if (train.run.resume == null || train.run.dryRun) {
      return train(console);
    }
    try (var _ = FolderLock.of(RunFolder.of(train.run.resume).root())) {
      return train(console);
    }
  }

  /// Takes the newest run if `--resume` asks for it.
  private void findResumed(Console console) {
    var asked = train.run.resume;
    if (asked == null || !RunFolder.isNewest(asked.toString())) {
      return;
    }
    var newest = RunFolder.newest(train.run.output, train.run.name);
    if (newest.isEmpty() && asked.endsWith("last")) {
      throw FacetException.data(
          train.run.output,
          "there is no run to resume",
          "name the folder of runs with --output, or leave --resume out");
    }
    train.run.resume = newest.map(RunFolder::root).orElse(null);
    if (newest.isEmpty()) {
      console.line("There is no run to resume in " + train.run.output + ": a new one begins.");
    }
  }

  private int train(Console console) {
    train.check();
    data.addHard(train.loss.studentFolders());
    var faces = data.faces(train.network().size(), device, console);
    var people = data.open(faces.training());
    var evaluation = validation.open(data, faces);
    if (evaluation != null) {
      validation.requireApart(people, evaluation, train.run.allowOverlap, console::line);
    }
    try (var backend = device.open();
        var run = new TrainingRun(train, people, backend, console)) {
      console.line(run.describe() + "; on " + backend.name());
      train.optimizer.warning().ifPresent(console::line);
      if (evaluation != null) {
        run.validatedOn(evaluation.fingerprint());
      }
      if (train.run.dryRun) {
        console.line(ModelTable.of(train.network()));
        return ExitCode.OK.code();
      }
      var folder = train.run.resume == null ? create(backend) : RunFolder.of(train.run.resume);
      try (var _ = train.run.resume == null ? FolderLock.of(folder.root()) : null) {
        return train(run, folder, evaluation, console);
      }
    }
  }

  /// @return the exit code
  private int train(
      TrainingRun run,
      RunFolder folder,
      Protocol.@Nullable Verification evaluation,
      Console console) {
    int size = train.network().size();
    console.keepIn(
        folder.log(), Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + commandLine());
    console.line("Run folder: " + folder.root());
    var interrupt = program.interrupt();
    interrupt.watch(Interrupt.SAVES);
    var resumed = train.run.resume;
    if (resumed != null) {
      run.resume(folder);
      if (Files.isRegularFile(resumed)) { // a branch may have other settings
        folder.write(folder.config(), Config.document(spec, train.resolved()));
      }
    }
    if (evaluation != null && train.run.init != null && resumed == null) {
      var before = evaluate(evaluation, interrupt, console).apply(run.embedder());
      keep(folder, "before", "before", before, evaluation, size);
    }
    var outcome =
        run.run(
            folder,
            evaluation == null ? null : evaluate(evaluation, interrupt, console),
            interrupt::raised);
    if (outcome.report() != null && evaluation != null) {
      console.line(outcome.report().table());
      var label = train.run.init == null ? "trained" : "after";
      keep(folder, "after", label, outcome.report(), evaluation, size);
    }
    console.line("Checkpoint: " + folder.checkpoint("last"));
    console.line("Report: " + Report.write(folder.root()));
    return outcome.interrupted() ? ExitCode.INTERRUPTED.code() : ExitCode.OK.code();
  }

  /// Keeps an evaluation for the report.
  private static void keep(
      RunFolder folder,
      String moment,
      String label,
      EvalResult report,
      Protocol.Verification validation,
      int size) {
    EvaluationFile.write(folder.root(), moment, label, report, validation.images(), size);
  }

  private static Function<Embedder, EvalResult> evaluate(
      Protocol.Verification validation, Interrupt interrupt, Console console) {
    return embedder -> Evaluation.watched(embedder, interrupt, console).verify(validation);
  }

  private RunFolder create(Backend backend) {
    var name = train.run.name != null ? train.run.name : defaultName();
    var folder = RunFolder.create(train.run.output, name);
    folder.write(folder.config(), Config.document(spec, train.resolved()));
    var facts = Environment.facts();
    facts.put("device", backend.name() + ", " + backend.description());
    facts.put("seed", Long.toString(train.run.seed));
    facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("command", commandLine());
    folder.write(folder.environment(), Environment.json(facts));
    return folder;
  }

  /// The command as it was given, for a shell.
  private String commandLine() {
    return Stream.concat(
            Stream.of("facet"), spec.root().commandLine().getParseResult().originalArgs().stream())
        .map(
            word -> word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  private String defaultName() {
    return (train.network.model == null ? "facet" : train.network.model) + "-" + train.loss.loss;
  }
}
