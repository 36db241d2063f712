package facet.train.experiment;

import static facet.train.error.Printable.format;

import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.train.config.ArmOptions;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.eval.Evaluation;
import facet.train.report.EvaluationFile;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import facet.train.run.FolderLock;
import facet.train.run.RunFolder;
import facet.train.text.Digest;
import facet.train.training.People;
import facet.train.training.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Carries an experiment out in a folder:
///
///     seed-1/pretrained/       the run that every arm of the seed starts from
///     seed-1/<arm>/            an arm's run; seed-1-fold-2-of-5/ in cross-validation
///     results.csv              every figure of every arm and seed
///     table.csv, table.md      means, deviations and differences to the baseline
///
/// What is there is not done again, and a run that was interrupted continues where it stopped.
public final class ExperimentRun {
  private static final int EVALUATION_BATCH = 64;

  /// How often people are drawn again for an interval.
  private static final int DRAWS = 400;

  private final Experiment experiment;
  private final ExperimentFaces faces;
  private final Path folder;
  private final Backend backend;
  private final Console console;
  private final Function<Embedder, Evaluation> evaluation;
  private final BooleanSupplier interrupted;

  /// @param evaluation of a network: how its progress is shown
  public ExperimentRun(
      Experiment experiment,
      ExperimentFaces faces,
      Path folder,
      Backend backend,
      Console console,
      Function<Embedder, Evaluation> evaluation,
      BooleanSupplier interrupted) {
    this.experiment = experiment;
    this.faces = faces;
    this.folder = folder;
    this.backend = backend;
    this.console = console;
    this.evaluation = evaluation;
    this.interrupted = interrupted;
  }

  /// Trains and evaluates what is missing, updating the table after each arm.
  ///
  /// @return what was found, of all that was done before an interrupt
  public ExperimentResults run() {
    var results = new ExperimentResults(experiment::baseline);
    for (var unit : experiment.units()) {
      var start = pretrain(unit, results);
      for (var arm : experiment.arms()) {
        if (interrupted.getAsBoolean()) {
          return results;
        }
        var options = experiment.arm(arm, unit.seed());
        options.train.run.init = start;
        train(trial(unit, arm), options, results);
        results.write(folder);
      }
    }
    return results;
  }

  /// The network that the unit's arms start from.
  private Path pretrain(Unit unit, ExperimentResults results) {
    var trial = trial(unit, Trial.PRETRAINING);
    var given = experiment.options().train.run.init;
    if (given == null) {
      train(trial, experiment.pretraining(unit.seed()), results);
      return trial.folder().checkpoint("last");
    }
    trial.folder().make();
    trial.madeOf(inputs(experiment.options(), trial.unit()));
    if (!isDone(trial)) {
      heading(trial);
      finish(trial, evaluate(given, unit));
    }
    results.add(trial);
    return given;
  }

  private Trial trial(Unit unit, String name) {
    return new Trial(unit, name, new RunFolder(folder.resolve(unit.folder()).resolve(name)));
  }

  /// Whether it is evaluated as the description says; it is again where groups of people have been
  /// added to it, or are others than before.
  private boolean isDone(Trial trial) {
    return trial.done() && (faces.groups() == null || trial.isGroupedBy(faces.groups()));
  }

  /// Keeps what an evaluation found, for the report, too.
  private void finish(Trial trial, EvalResult result) {
    EvaluationFile.write(
        trial.folder().root(),
        "after",
        trial.name(),
        result,
        faces.validation(trial.unit()).images(),
        experiment.options().train.network().size());
    trial.finish(result, faces.groups());
  }

  private void train(Trial trial, ArmOptions options, ExperimentResults results) {
    try (var _ = FolderLock.of(trial.folder().root())) {
      trial.open(Experiment.effective(options), Experiment.effective(new ArmOptions()));
      trial.madeOf(inputs(options, trial.unit()));
      if (!isDone(trial) && !trained(trial, options)) {
        return;
      }
    }
    results.add(trial);
  }

  private Map<String, String> inputs(ArmOptions options, Unit unit) {
    var inputs = new LinkedHashMap<String, String>();
    var start = options.train.run.init;
    if (start != null && Files.exists(start)) {
      inputs.put("network to start from", Digest.of(start));
    }
    var people = faces.training(options, unit);
    var size = options.train.network().size();
    inputs.put(
        "set to train on",
        format("%s, %d images", People.fingerprint(people, size), people.size()));
    inputs.put("set to evaluate on", faces.validation(unit).fingerprint());
    return inputs;
  }

  /// Trains and evaluates, unless it is interrupted.
  private boolean trained(Trial trial, ArmOptions options) {
    heading(trial);
    var people = faces.training(options, trial.unit());
    options.train.loss.branch.pathsFrom(options.data.data);
    try (var run = new TrainingRun(options.train, people, backend, console)) {
      console.line(run.describe());
      if (trial.begun()) {
        run.resume(trial.folder());
      }
      var outcome = run.run(trial.folder(), null, interrupted);
      if (outcome.interrupted()) {
        return false;
      }
      var report = evaluate(run.embedder(), trial.unit());
      console.line(report.table());
      finish(trial, report);
      return true;
    }
  }

  private void heading(Trial trial) {
    var units = experiment.units();
    console.line("");
    console.line(
        "== %s (%d of %d): %s",
        trial.unit(), units.indexOf(trial.unit()) + 1, units.size(), trial.name());
  }

  private EvalResult evaluate(Path checkpoint, Unit unit) {
    try (var scope = Scope.on(backend)) {
      var options = experiment.options().train.network;
      var network = Checkpoint.network(checkpoint, options.foreign.hints(options.size), scope);
      var spec = network.spec();
      return evaluate(
          new Embedder(network, backend, spec.size(), spec.embedding(), EVALUATION_BATCH, true),
          unit);
    }
  }

  private EvalResult evaluate(Embedder embedder, Unit unit) {
    return evaluation
        .apply(embedder)
        .resampling(DRAWS)
        .grouped(faces.groups())
        .verify(faces.validation(unit));
  }
}
