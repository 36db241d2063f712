package facet.train.experiment;

import facet.nn.NetworkFile.Hints;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.train.config.ArmOptions;
import facet.train.config.Config;
import facet.train.data.FaceDataset;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import facet.train.run.FolderLock;
import facet.train.run.RunFolder;
import facet.train.training.TrainingRun;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/// Carries an experiment out in a folder:
///
///     seed-1/pretrained/       the run that every arm of the seed starts from
///     seed-1/<arm>/            an arm's run
///     results.csv              every figure of every arm and seed
///     table.csv, table.md      means, deviations and differences to the baseline
///
/// What is there is not done again, and a run that was interrupted goes on where it stopped.
public final class ExperimentRun {
  private static final int EVALUATION_BATCH = 64;

  /// Evaluates on the validation people.
  @FunctionalInterface
  public interface Validation {
    EvalResult apply(Embedder embedder);

    /// Keeps what was found about the network of a trial, for a report.
    ///
    /// @param run the trial's folder
    default void keep(Path run, String trial, EvalResult report) {}
  }

  private final Experiment experiment;
  private final Path folder;
  private final FaceDataset people;
  private final Validation evaluation;
  private final Backend backend;
  private final Console console;
  private final BooleanSupplier interrupted;

  /// @param people to train on
  /// @param evaluation of a network on the validation people
  public ExperimentRun(
      Experiment experiment,
      Path folder,
      FaceDataset people,
      Validation evaluation,
      Backend backend,
      Console console,
      BooleanSupplier interrupted) {
    this.experiment = experiment;
    this.folder = folder;
    this.people = people;
    this.evaluation = evaluation;
    this.backend = backend;
    this.console = console;
    this.interrupted = interrupted;
  }

  /// Trains and evaluates what is missing, updating the table after each arm.
  ///
  /// @return what was found, of all that was done before an interrupt
  public Results run() {
    var results = new Results(experiment::baseline);
    for (var seed : experiment.seeds()) {
      var start = pretrain(seed, results);
      for (var arm : experiment.arms()) {
        if (interrupted.getAsBoolean()) {
          return results;
        }
        var options = experiment.arm(arm, seed);
        options.train.run.init = start;
        train(trial(seed, arm), options, results);
        results.write(folder);
      }
    }
    return results;
  }

  /// The network that the seed's arms start from.
  private Path pretrain(long seed, Results results) {
    var trial = trial(seed, Trial.PRETRAINING);
    var given = experiment.options().train.run.init;
    if (given == null) {
      train(trial, experiment.pretraining(seed), results);
      return trial.folder().checkpoint("last");
    }
    if (!trial.done()) {
      heading(trial);
      trial.folder().make();
      var report = evaluate(given);
      evaluation.keep(trial.folder().root(), trial.name(), report);
      trial.finish(report.figures());
    }
    results.add(seed, trial.name(), trial.figures());
    return given;
  }

  private Trial trial(long seed, String name) {
    return new Trial(seed, name, new RunFolder(folder.resolve("seed-" + seed).resolve(name)));
  }

  private void train(Trial trial, ArmOptions options, Results results) {
    try (var _ = FolderLock.of(trial.folder().root())) {
      var configuration = Experiment.effective(options);
      trial.open(configuration, Config.yaml(configuration));
      if (!trial.done() && !trained(trial, options)) {
        return;
      }
    }
    results.add(trial.seed(), trial.name(), trial.figures());
  }

  /// Trains and evaluates, unless it is interrupted.
  private boolean trained(Trial trial, ArmOptions options) {
    heading(trial);
    try (var run = new TrainingRun(options.train, people, backend, console)) {
      console.line(run.describe());
      if (trial.begun()) {
        run.resume(trial.folder());
      }
      var outcome = run.run(trial.folder(), null, interrupted);
      if (outcome.interrupted()) {
        return false;
      }
      var report = evaluation.apply(run.embedder());
      console.line(report.table());
      evaluation.keep(trial.folder().root(), trial.name(), report);
      trial.finish(report.figures());
      return true;
    }
  }

  private void heading(Trial trial) {
    var seeds = experiment.seeds();
    console.line("");
    console.line(
        String.format(
            Locale.ROOT,
            "== seed %d (%d of %d): %s",
            trial.seed(),
            seeds.indexOf(trial.seed()) + 1,
            seeds.size(),
            trial.name()));
  }

  private EvalResult evaluate(Path checkpoint) {
    try (var scope = Scope.on(backend)) {
      var network = Checkpoint.network(checkpoint, Hints.NONE, scope);
      var spec = network.spec();
      return evaluation.apply(
          new Embedder(network, backend, spec.size(), spec.embedding(), EVALUATION_BATCH, true));
    }
  }
}
