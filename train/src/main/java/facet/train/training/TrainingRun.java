package facet.train.training;

import facet.nn.Network;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.loss.MarginHead;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.train.config.LossOptions;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.data.batch.Augmentation;
import facet.train.data.batch.BatchLoader;
import facet.train.data.batch.ClassificationSampler;
import facet.train.data.batch.DdlBatch;
import facet.train.data.batch.DdlSampler;
import facet.train.data.batch.FirstBatches;
import facet.train.data.batch.Sampler;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import facet.train.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Builds a run from its options and data (network, head, objective, optimiser, sampler) and hands
/// it to the [Trainer].
public final class TrainingRun implements AutoCloseable {
  private static final int BATCHES_AHEAD = 3;
  private static final int EVALUATION_BATCH = 64;
  private static final String VALIDATION = "validation";

  private final TrainOptions options;
  private final FaceDataset data;
  private final Backend backend;
  private final Console console;
  private final Scope scope;
  private final Network network;
  private final List<Parameter> parameters;
  private final TrainStep trainStep;
  private final Checkpoint.State state;
  private final Sampler sampler;
  private final @Nullable DdlBatch layout;
  private final long inUse; // bytes, before the run puts anything of its own there
  private ResumePoint start = ResumePoint.START;
  private boolean branched;
  private @Nullable String validation; // what best scores are of
  private final String people;

  /// @param data the training people, at the network's size
  public TrainingRun(TrainOptions options, FaceDataset data, Backend backend, Console console) {
    options.check();
    this.options = options;
    this.data = data;
    this.backend = backend;
    this.console = console;
    var spec = options.network();
    var seed = options.run.seed;
    Sampler epochs;
    if (options.loss.drawsBranches()) {
      var branches = new DdlSampler(options.loss.branches(data), options.loss.ddlBranch, seed);
      epochs = branches;
      layout = branches.layout();
    } else {
      epochs = new ClassificationSampler(data, options.optimizer.batchSize, seed);
      layout = null;
    }
    sampler = options.run.overfit > 0 ? new FirstBatches(epochs, options.run.overfit) : epochs;
    inUse = StepMemory.inUse();
    requireMemory(false); // what evaluates, is known later
    scope = Scope.on(backend);
    var networkParameters = new Parameters(scope, seed);
    network = spec.build(networkParameters);
    parameters = networkParameters.all();
    var headParameters = new Parameters(scope, seed + 1);
    var head =
        new MarginHead(headParameters, data.identities(), spec.embedding(), options.loss.head());
    var optimizer = options.optimizer.optimizer(scope, parameters, headParameters.all());
    var all = new ArrayList<>(parameters);
    all.addAll(headParameters.all());
    var lossParameters = new Parameters(scope, seed + 2);
    var objective = objective(options.loss, head, layout, lossParameters);
    all.addAll(lossParameters.all());
    state = new Checkpoint.State(List.copyOf(all), optimizer.state());
    trainStep =
        new TrainStep(
            backend,
            network,
            objective,
            optimizer,
            spec.size(),
            seed,
            options.optimizer.accumulate);
    people = People.fingerprint(data, spec.size());
    if (options.run.init != null && options.run.resume == null) {
      initialize(options.run.init, headParameters.all());
    }
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

  /// Sees that the run fits into the memory. A GPU's is its own.
  private void requireMemory(boolean evaluates) {
    if (backend.name().equals("cpu")) {
      memory(evaluates).require(batch(), inUse, Runtime.getRuntime().maxMemory());
    }
  }

  private StepMemory memory(boolean evaluates) {
    return new StepMemory(
        options.loss,
        options.optimizer,
        options.network(),
        data.identities(),
        layout == null ? 0 : layout.branches(),
        options.optimizer.accumulate,
        BATCHES_AHEAD + 1,
        evaluates ? EVALUATION_BATCH : 0);
  }

  /// The size of a batch as its option counts it.
  private int batch() {
    return layout == null ? sampler.batchSize() : layout.n();
  }

  /// What is minimised over batches of easy and hard images, or over plain ones without a layout.
  ///
  /// @param state takes what a loss remembers from step to step
  static Objective objective(
      LossOptions loss, MarginHead head, @Nullable DdlBatch layout, Parameters state) {
    return layout == null
        ? new Objective.Classify(head)
        : new Objective.Branches(
            head,
            loss.comparison(layout, state),
            loss.comparisonWeight(),
            loss.classified(layout),
            layout.branches());
  }

  private void initialize(Path file, List<Parameter> head) {
    Checkpoint.initialize(file, options.network.foreign.hints(options.network.size), parameters)
        .ifPresent(console::line);
    if (Checkpoint.initializeHead(file, head, people)) {
      console.line("Network and head start from " + file);
    } else {
      console.line(
          String.format(
              Locale.ROOT,
              "The network starts from %s; its head is not known to be of these people, so a new"
                  + " one is learnt",
              file));
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
    var perEpoch = sampler.stepsPerEpoch();
    var total = (long) options.optimizer.epochs * perEpoch;
    var plan =
        new Trainer.Plan(
            options.optimizer.epochs,
            perEpoch,
            options.run.maxSteps > 0 ? Math.min(total, options.run.maxSteps) : total,
            options.run.evalEvery,
            options.run.saveEvery,
            options.run.keep,
            options.run.patience,
            options.run.maxSeconds());
    var trainer =
        new Trainer(
            trainStep,
            options.optimizer.schedule(perEpoch),
            plan,
            folder,
            state,
            header(),
            start,
            console);
    var source =
        new BatchLoader.Source(
            data,
            sampler,
            options.run.overfit > 0 ? Augmentation.NONE : options.augmentation.augmentation(),
            network.spec().size(),
            options.run.seed);
    var lessons = new Lessons(backend, network, trainStep.objective(), parameters, source);
    if (!lessons.give(console, interrupted)) {
      console.line("Interrupted before the first step; nothing is saved.");
      return new Trainer.Outcome(null, true);
    }
    try (var loader =
        new BatchLoader(
            source,
            (int) (start.step() / perEpoch),
            (int) (start.step() % perEpoch),
            BATCHES_AHEAD,
            1)) {
      var embedder = embedder();
      if (branched) {
        trainer.saveStart();
      }
      return trainer.run(
          loader, validation == null ? null : () -> validation.apply(embedder), interrupted);
    }
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
        Checkpoint.load(checkpoint, state);
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
        network,
        backend,
        network.spec().size(),
        network.spec().embedding(),
        EVALUATION_BATCH,
        true);
  }

  /// The step of a checkpoint; -1 if it is damaged and will be replaced anyway.
  private static long stepOf(Path checkpoint) {
    try {
      return ResumePoint.of(Checkpoint.header(checkpoint), checkpoint).step();
    } catch (FacetException e) {
      return -1;
    }
  }

  private RunIdentity identity() {
    return RunIdentity.of(options, network.spec(), data, sampler, people);
  }

  private void requireSameRun(Map<String, String> before, RunFolder folder, boolean branch) {
    var changes = identity().changes(before, branch);
    if (!changes.isEmpty()) {
      throw FacetException.usage(
          String.format(
              Locale.ROOT,
              "%s cannot be resumed with other settings: %s; use the old ones, or start a new run"
                  + " with --init.",
              folder.root(),
              String.join(", ", changes)));
    }
  }

  /// A table of the network and the plan, for `--dry-run`.
  public String describe() {
    var trained =
        parameters.stream().filter(Parameter::trained).mapToLong(p -> p.value().size()).sum();
    return String.format(
        Locale.ROOT,
        "%s, %d x %d pixels, embedding %d, %,d parameters; %,d people; %d steps of %d images%s an"
            + " epoch, %d epochs; %s",
        network.spec().name(),
        network.spec().size(),
        network.spec().size(),
        network.spec().embedding(),
        trained,
        data.identities(),
        sampler.stepsPerEpoch(),
        sampler.batchSize(),
        options.optimizer.accumulate == 1
            ? ""
            : String.format(Locale.ROOT, " in %d parts", options.optimizer.accumulate),
        options.optimizer.epochs,
        memory(false).describe(batch(), inUse, Runtime.getRuntime().maxMemory()));
  }

  @Override
  public void close() {
    scope.close();
  }
}
