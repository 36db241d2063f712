package facet.train.cli;

import static facet.train.error.Printable.format;

import facet.tensor.Backend;
import facet.train.config.Config;
import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.config.Recipe;
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
import facet.train.text.Json;
import facet.train.text.TextFile;
import facet.train.training.Job;
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

  @Option(
      names = Config.RECIPE,
      paramLabel = "NAME",
      completionCandidates = Recipe.Names.class,
      description =
          "Take constants that belong together: arcface-torch, insightface's; ddl-official, those"
              + " of DDL's code as they act on its 8 GPUs; ddl-frozen, what helped hard faces most"
              + " in our experiments. Flags and --config win over them.")
  @SuppressWarnings("UnusedVariable") // likewise
  private @Nullable String recipe;

  @ParentCommand private Program program;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    try (var job = Job.join()) {
      return job.run(() -> call(job));
    }
  }

  private int call(Job job) {
    var console = job.console();
    job.together(
        () -> {
          if (job.leads()) {
            findResumed(console);
          }
          return 0;
        });
    var resumed = job.share(train.run.resume == null ? "" : train.run.resume.toString());
    train.run.resume = resumed.isEmpty() ? null : Path.of(resumed);
    var locked = train.run.resume != null && !train.run.dryRun ? train.run.resume : null;
    try (var _ = job.together(() -> lock(job, locked))) {
      return train(job, console);
    }
  }

  /// Keeps other processes out of a run's folder, if this rank is the one that writes there.
  private static @Nullable FolderLock lock(Job job, @Nullable Path run) {
    if (run == null || !job.leads()) {
      return null;
    }
    if (!Files.isRegularFile(RunFolder.of(run).config())) {
      throw noRun(run);
    }
    return FolderLock.of(RunFolder.of(run).root());
  }

  private static FacetException noRun(Path run) {
    return FacetException.data(
        run, "there is no run to resume", "name a run's folder, such as runs/arcface");
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

  /// What a rank needs to take part.
  private record Prepared(
      Backend backend, TrainingRun run, Protocol.@Nullable Verification evaluation)
      implements AutoCloseable {
    @Override
    public void close() {
      run.close();
      backend.close();
    }
  }

  private Prepared prepare(Job job, Console console) {
    if (train.run.resume != null && !Files.isRegularFile(RunFolder.of(train.run.resume).config())) {
      throw noRun(train.run.resume);
    }
    train.check();
    data.addHard(train.loss.branch.studentFolders());
    train.loss.branch.pathsFrom(data.data);
    var faces = data.faces(train.network().size(), device, console);
    var people = data.open(faces.training());
    if (people.size() == people.identities()) {
      console.line(
          "Warning: every person has one image only; what makes images of a person alike cannot be"
              + " learnt.");
    }
    var evaluation = validation.open(data, faces);
    if (evaluation != null) {
      validation.requireApart(people, evaluation, train.run.allowOverlap, console::line);
      if (train.run.init != null) {
        TrainedPeople.warn(train.run.init, evaluation, faces);
      }
    }
    var backend = device.open();
    try {
      return new Prepared(
          backend, new TrainingRun(train, people, backend, console, job), evaluation);
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  private int train(Job job, Console console) {
    if (job.ranks().size() > 1 && train.optimizer.shards == 0) {
      train.optimizer.shards = job.ranks().size();
    }
    try (var prepared = job.together(() -> prepare(job, console))) {
      var run = prepared.run;
      if (train.run.dryRun) {
        console.line(ModelTable.of(train.network()));
      }
      console.line(run.describe() + "; on " + prepared.backend.name() + ranks(job));
      train.optimizer.warning().ifPresent(console::line);
      if (prepared.evaluation != null) {
        run.validatedOn(prepared.evaluation.fingerprint());
      }
      job.requireSame(run.facts(spec));
      if (train.run.dryRun) {
        return ExitCode.OK.code();
      }
      if (!job.leads()) {
        return follow(job, run);
      }
      var folder =
          job.together(
              () ->
                  train.run.resume == null
                      ? create(prepared.backend)
                      : RunFolder.of(train.run.resume));
      try (var _ = job.together(() -> lock(job, train.run.resume == null ? folder.root() : null))) {
        return train(job, run, folder, prepared.evaluation, console);
      }
    }
  }

  /// `; 4 ranks, 8 shards`.
  private String ranks(Job job) {
    var shards = train.optimizer.shardCount();
    return shards == 0 ? "" : format("; %d ranks, %d shards", job.ranks().size(), shards);
  }

  /// Goes through the same meetings as [#train(Job, TrainingRun, RunFolder, Protocol.Verification,
  /// Console)], then follows rank 0.
  private int follow(Job job, TrainingRun run) {
    job.together(() -> 0); // the folder
    job.together(() -> 0); // its lock
    program.interrupt().watch(Interrupt.QUIET);
    job.together(() -> 0); // what rank 0 resumes
    var step = Long.parseLong(job.share(""));
    job.together(
        () -> {
          if (train.run.resume != null) {
            run.resumeAs(RunFolder.of(train.run.resume), step);
          }
          return 0;
        });
    return run.follow(program.interrupt()::raised);
  }

  /// @return the exit code
  private int train(
      Job job,
      TrainingRun run,
      RunFolder folder,
      Protocol.@Nullable Verification evaluation,
      Console console) {
    int size = train.network().size();
    var interrupt = program.interrupt();
    interrupt.watch(job.ranks().size() == 1 ? Interrupt.SAVES : Interrupt.QUIET);
    var resumed = train.run.resume;
    job.together(
        () -> {
          console.keepIn(
              folder.log(), Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + commandLine());
          console.line("Run folder: " + folder.root());
          if (resumed != null) {
            run.resume(folder);
            if (Files.isRegularFile(resumed)) { // a branch may have other settings
              TextFile.write(folder.config(), Config.document(spec, train.resolved()));
            }
          }
          return 0;
        });
    job.share(Long.toString(run.startStep()));
    job.together(() -> 0); // the others resume
    job.lead();
    if (evaluation != null && train.run.init != null && resumed == null) {
      var before = evaluate(evaluation, interrupt, console).apply(run.embedder());
      EvaluationFile.write(folder.root(), "before", "before", before, evaluation.images(), size);
    }
    var outcome =
        run.run(
            folder,
            evaluation == null ? null : evaluate(evaluation, interrupt, console),
            interrupt::raised);
    if (outcome.report() != null && evaluation != null) {
      console.line(outcome.report().table());
      var label = train.run.init == null ? "trained" : "after";
      EvaluationFile.write(
          folder.root(), "after", label, outcome.report(), evaluation.images(), size);
    }
    if (outcome.interrupted() && folder.saved().isEmpty()) {
      return ExitCode.INTERRUPTED.code(); // before the first step, as it has said
    }
    console.line("Checkpoint: " + folder.checkpoint("last"));
    console.line("Report: " + Report.write(folder.root()));
    if (outcome.interrupted()) {
      console.line("To go on: facet train --resume " + folder.root());
      return ExitCode.INTERRUPTED.code();
    }
    return ExitCode.OK.code();
  }

  private static Function<Embedder, EvalResult> evaluate(
      Protocol.Verification validation, Interrupt interrupt, Console console) {
    return embedder -> Evaluation.watched(embedder, interrupt, console).verify(validation);
  }

  private RunFolder create(Backend backend) {
    var name = train.run.name != null ? train.run.name : defaultName();
    var folder = RunFolder.create(train.run.output, name);
    TextFile.write(folder.config(), Config.document(spec, train.resolved()));
    var facts = Environment.facts();
    facts.put("device", backend.name() + ", " + backend.description());
    facts.put("seed", Long.toString(train.run.seed));
    facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("command", commandLine());
    TextFile.write(folder.environment(), Json.text(facts));
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
