package facet.train.training;

import static facet.train.error.Printable.format;

import facet.nn.NetworkSpec;
import facet.nn.Summary;
import facet.nn.ranks.Shards;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.train.config.Config;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.data.batch.Batch;
import facet.train.data.batch.BatchLoader;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import facet.train.run.Environment;
import facet.train.run.Interrupt;
import facet.train.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/// Builds a run from its options and data (network, head, objective, optimiser, sampler) and hands
/// it to the [Trainer].
public final class TrainingRun implements AutoCloseable {
  private static final int EVALUATION_BATCH = 64;
  private static final String VALIDATION = "validation";

  private final TrainOptions options;
  private final FaceDataset data;
  private final NetworkSpec spec;
  private final Backend backend;
  private final Console console;
  private final Scope scope;
  private final RunModel model;
  private final Job job;
  private final @Nullable Shards shards; // null if batches are not cut
  private final RunBatches batches;
  private final long inUse; // bytes, before the run puts anything of its own there
  private ResumePoint start = ResumePoint.START;
  private boolean branched;
  private @Nullable String validation; // what best scores are of
  private final String people;
  private final String pairs; // of hard branches

  /// A run of a process alone.
  ///
  /// @param data the training people, at the network's size
  public TrainingRun(TrainOptions options, FaceDataset data, Backend backend, Console console) {
    this(options, data, backend, console, Job.alone());
  }

  /// A run of all ranks of a job, each of which makes it.
  public TrainingRun(
      TrainOptions options, FaceDataset data, Backend backend, Console console, Job job) {
    options.check();
    this.job = job;
    this.options = options;
    this.data = data;
    this.backend = backend;
    this.console = console;
    spec = options.network();
    batches = RunBatches.of(options, data, console::line);
    pairs = RunIdentity.pairs(options.loss.branch);
    inUse = StepMemory.inUse();
    shards = shards();
    requireMemory(false); // what evaluates, is known later
    scope = Scope.on(backend);
    model =
        RunModel.of(
            scope,
            options,
            new RunModel.Sizes(
                spec, data.identities(), batches.layout(), options.optimizer.accumulate),
            shards,
            job);
    people = People.fingerprint(data, spec.size());
    if (options.run.init != null && options.run.resume == null) {
      initialize(options.run.init);
    }
  }

  /// What batches and the head are cut into, null if they are not.
  private @Nullable Shards shards() {
    var count = options.optimizer.shardCount();
    var d = spec.embedding();
    var least = Math.ceilDiv(data.identities(), Shape.MOST / d);
    if (Math.max(count, 1) < least) {
      throw FacetException.usage(
          "--shards is %d, expected at least %d: one array holds %,d numbers, the head of %,d"
              + " people in %d dimensions has %,d.",
          count, least, Shape.MOST, data.identities(), d, (long) data.identities() * d);
    }
    if (count == 0) {
      return null;
    }
    var ranks = job.ranks().size();
    var most = Math.min(batches.sampler().batchSize(), data.identities());
    if (count < ranks || count > most) {
      throw FacetException.usage(
          "--shards is %d, expected %d, the ranks, to %d: each shard has an image of the batch of"
              + " %d and one of the %d people.",
          count, ranks, most, batches.sampler().batchSize(), data.identities());
    }
    return new Shards(job.ranks(), count);
  }

  /// Says what the run is going to be evaluated on, before [#resume] compares it with what it was.
  ///
  /// @param fingerprint of people and pairs
  public void validatedOn(String fingerprint) {
    validation = fingerprint;
  }

  /// A best score is one of the validation data that it was measured on.
  private ResumePoint comparable(ResumePoint point, Map<String, String> header) {
    var before = header.get(VALIDATION);
    if (validation == null || before == null || before.equals(validation)) {
      validation = validation == null ? before : validation;
      return point;
    }
    console.line(
        "The validation data is not that of the run so far: the best checkpoint is chosen from now"
            + " on.");
    return new ResumePoint(point.step(), Double.NEGATIVE_INFINITY, 0, point.evaluationPending());
  }

  private Map<String, String> header() {
    var header = new LinkedHashMap<>(identity().facts());
    if (validation != null) {
      header.put(VALIDATION, validation);
    }
    return header;
  }

  /// Sees that the run fits into the memory. A GPU has its own, and its precision decides what a
  /// number takes there.
  private void requireMemory(boolean evaluates) {
    if (isOnCpu()) {
      memory(evaluates).require(batches.size(), inUse, Runtime.getRuntime().maxMemory());
    }
  }

  private boolean isOnCpu() {
    return backend.name().equals("cpu");
  }

  private StepMemory memory(boolean evaluates) {
    return new StepMemory(
        options,
        spec,
        data.identities(),
        batches.branches(),
        options.optimizer.accumulate,
        RunBatches.AHEAD + 1,
        evaluates ? EVALUATION_BATCH : 0,
        shards);
  }

  private void initialize(Path file) {
    Checkpoint.initialize(
            file, options.network.foreign.hints(options.network.size), model.parameters())
        .ifPresent(console::line);
    if (Checkpoint.initializeHead(file, model.head(), model.state().head(), people)) {
      console.line("Network and head start from " + file);
    } else {
      console.line(
          "The network starts from %s; its head is not known to be of these people, so a new one is"
              + " learnt",
          file);
    }
  }

  /// Runs the training, from the beginning or from where [#resume] found it.
  ///
  /// @param validation evaluates the network by way of an embedder, null without validation data
  public Trainer.Outcome run(
      RunFolder folder,
      @Nullable Function<Embedder, EvalResult> validation,
      BooleanSupplier interrupted) {
    requireMemory(validation != null);
    Checkpoint.requireSpace(folder.checkpoint("last"), model.state(), console::line);
    var perEpoch = batches.sampler().stepsPerEpoch();
    var total = (long) options.optimizer.epochs * perEpoch;
    var plan =
        new Trainer.Plan(
            perEpoch,
            options.run.maxSteps > 0 ? Math.min(total, options.run.maxSteps) : total,
            options.run.evalEvery,
            options.run.saveEvery,
            options.run.keep,
            options.run.patience,
            options.run.maxSeconds());
    var trainer =
        new Trainer(
            model.step(),
            options.optimizer.schedule(perEpoch),
            plan,
            folder,
            model.state(),
            header(),
            start,
            console);
    if (!teach(interrupted)) {
      console.line("Interrupted before the first step; nothing is saved.");
      return new Trainer.Outcome(null, true);
    }
    try (var loader = batches.loader(model.step(), start.step())) {
      var embedder = embedder();
      if (branched) {
        trainer.saveStart();
      }
      return trainer.run(
          () -> next(loader, interrupted),
          validation == null ? null : () -> validation.apply(embedder),
          () -> stops(interrupted));
    }
  }

  /// Whether a signal has come to some rank, after a step that all have taken: so none is lost, and
  /// it can be promised that the run is saved.
  private boolean stops(BooleanSupplier interrupted) {
    var stops = interrupted.getAsBoolean() || job.othersRaised();
    if (stops && job.ranks().size() > 1) {
      console.line(Interrupt.SAVES);
    }
    return stops;
  }

  private boolean teach(BooleanSupplier interrupted) {
    var lessons =
        new Lessons(
            backend,
            model.network(),
            model.step().objective(),
            model.parameters(),
            batches.source());
    return lessons.give(console, interrupted);
  }

  /// The next batch, on all ranks.
  private Batch next(BatchLoader loader, BooleanSupplier interrupted) {
    job.order(Job.Order.STEP);
    return job.loaded(loader, interrupted);
  }

  /// What a rank that does not lead does in a run: what it is ordered to.
  ///
  /// @return the exit code of the job
  public int follow(BooleanSupplier interrupted) {
    teach(() -> false);
    var schedule = options.optimizer.schedule(batches.sampler().stepsPerEpoch());
    return new Follower(job, model, batches, schedule).follow(start.step(), interrupted);
  }

  /// Takes over the checkpoint that `--resume` names, or the newest of the run's that is not
  /// damaged, and puts aside what lies after it.
  ///
  /// @throws FacetException if there is none, or the run's settings were others
  public void resume(RunFolder folder) {
    folder.removeStale();
    var named = options.run.resume;
    var branch = named != null && Files.isRegularFile(named);
    var candidates = branch ? List.of(named) : folder.checkpoints();
    for (var checkpoint : candidates) {
      try {
        var header = Checkpoint.header(checkpoint);
        requireSameRun(header, folder, branch);
        Checkpoint.load(checkpoint, model.state());
        start = comparable(ResumePoint.of(header, checkpoint), header);
        folder.putAside(start.step(), TrainingRun::stepOf);
        branched = branch;
        console.line("Resuming at step " + start.step() + " of " + folder.root());
        return;
      } catch (FacetException e) {
        if (branch || e.exitCode() != ExitCode.DATA) {
          throw e;
        }
        console.line("Not resuming from a damaged checkpoint: " + e.getMessage());
      }
    }
    throw FacetException.data(
        folder.root(), "no checkpoint of this run is usable", "start again without --resume");
  }

  /// Runs the network as it is.
  public Embedder embedder() {
    return new Embedder(
        model.network(), backend, spec.size(), spec.embedding(), EVALUATION_BATCH, true);
  }

  /// The step of a checkpoint; -1 if it is damaged and will be replaced anyway.
  private static long stepOf(Path checkpoint) {
    try {
      return ResumePoint.of(Checkpoint.header(checkpoint), checkpoint).step();
    } catch (FacetException e) {
      return -1;
    }
  }

  /// Takes over the checkpoint that rank 0 has chosen, as of the step where it begins.
  public void resumeAs(RunFolder folder, long step) {
    var named = options.run.resume;
    var branch = named != null && Files.isRegularFile(named);
    for (var checkpoint : branch ? List.of(named) : folder.checkpoints()) {
      if (stepOf(checkpoint) == step) {
        var header = Checkpoint.load(checkpoint, model.state());
        start = ResumePoint.of(header, checkpoint);
        return;
      }
    }
    throw FacetException.data(
        folder.root(),
        "it has no checkpoint of step " + step + " here",
        "put runs where all hosts see them");
  }

  /// The step at which the run begins.
  public long startStep() {
    return start.step();
  }

  /// What all ranks must have in common, by name.
  public Map<String, String> facts(CommandSpec spec) {
    var facts = new TreeMap<>(Config.effective(spec));
    options.resolved().forEach((key, value) -> facts.put(key, value.toString()));
    Set.of("threads", "device").forEach(facts::remove);
    facts.putAll(identity().facts());
    var environment = Environment.facts();
    facts.put("facet", environment.get("facet") + " of " + environment.get("commit"));
    var device = backend.description().replaceFirst("\\d+ threads, ", ""); // vectors' width
    facts.put("device", backend.name().replaceFirst(":.*", "") + ", " + device);
    return facts;
  }

  private RunIdentity identity() {
    return RunIdentity.of(options, spec, data, batches.sampler(), people, pairs);
  }

  private void requireSameRun(Map<String, String> before, RunFolder folder, boolean branch) {
    var changes = identity().changes(before, branch);
    if (!changes.isEmpty()) {
      throw FacetException.usage(
          "%s cannot be resumed with other settings: %s; use the old ones, or start a new run with"
              + " --init.",
          folder.root(), String.join(", ", changes));
    }
  }

  /// The network, the plan and the memory that it takes, in a line.
  public String describe() {
    return format(
        "%s, %d x %d pixels, embedding %d, %,d parameters; %,d people; %d steps of %d images%s an"
            + " epoch, %d epoch%s; %s",
        spec.name(),
        spec.size(),
        spec.size(),
        spec.embedding(),
        Summary.of(spec).parameters(),
        data.identities(),
        batches.sampler().stepsPerEpoch(),
        batches.sampler().batchSize(),
        options.optimizer.accumulate == 1
            ? ""
            : format(" in %d parts", options.optimizer.accumulate),
        options.optimizer.epochs,
        options.optimizer.epochs == 1 ? "" : "s",
        isOnCpu()
            ? memory(false).describe(batches.size(), inUse, Runtime.getRuntime().maxMemory())
            : memory(false).describe(batches.size()));
  }

  @Override
  public void close() {
    scope.close();
  }
}
