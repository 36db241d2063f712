package facet.train.training;

import facet.nn.optim.Schedule;
import facet.train.data.batch.Batch;
import facet.train.data.batch.BatchLoader;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.EvalResult;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import facet.train.run.FolderLock;
import facet.train.run.Metrics;
import facet.train.run.RunFolder;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The training loop: load, step, log, evaluate, save. It ends with the last step, at an interrupt,
/// or with an error when the loss is no longer finite.
public final class Trainer {
  /// The length of a run.
  ///
  /// @param stepsPerEpoch batches that make an epoch
  /// @param lastStep where to stop, at most epochs * stepsPerEpoch
  /// @param evalEvery epochs between evaluations, 0 for none
  /// @param saveEvery steps between checkpoints beside those of every epoch, 0 for none
  /// @param keep how many of the newest checkpoints to keep under their steps' numbers
  public record Plan(
      int epochs, int stepsPerEpoch, long lastStep, int evalEvery, int saveEvery, int keep) {
    private boolean endsEpoch(long done) {
      return done % stepsPerEpoch == 0;
    }

    boolean evaluatesAfter(long done) {
      return evalEvery > 0 && endsEpoch(done) && done / stepsPerEpoch % evalEvery == 0;
    }

    boolean savesAfter(long done) {
      return endsEpoch(done) || saveEvery > 0 && done % saveEvery == 0;
    }
  }

  /// How a run ended: the last evaluation, if there was one, and whether it was interrupted.
  public record Outcome(@Nullable EvalResult report, boolean interrupted) {}

  private static final int LOG_SECONDS = 5;

  private final TrainStep trainStep;
  private final Schedule schedule;
  private final Plan plan;
  private final RunFolder folder;
  private final Checkpoint.State state;
  private final Map<String, String> header;
  private final Console console;
  private final ResumePoint start;
  private double bestScore;
  private @Nullable EvalResult report;
  private boolean stopped;

  /// @param state what checkpoints hold
  /// @param header of every checkpoint, beside where the run stands
  /// @param start where to begin
  Trainer(
      TrainStep trainStep,
      Schedule schedule,
      Plan plan,
      RunFolder folder,
      Checkpoint.State state,
      Map<String, String> header,
      ResumePoint start,
      Console console) {
    this.trainStep = trainStep;
    this.schedule = schedule;
    this.plan = plan;
    this.folder = folder;
    this.state = state;
    this.header = header;
    this.start = start;
    this.bestScore = start.bestScore();
    this.console = console;
  }

  /// Trains.
  ///
  /// @param evaluation of the network as it is, null without validation data; it ends with an
  ///     [ExitCode#INTERRUPTED] if `interrupted` becomes true
  /// @param interrupted asked after every step; if true the run is saved and ends
  public Outcome run(
      BatchLoader loader, @Nullable Supplier<EvalResult> evaluation, BooleanSupplier interrupted) {
    try (var metrics = Metrics.open(folder, start.step(), start.evaluationPending())) {
      if (evaluation != null && start.evaluationPending()) {
        evaluate(evaluation, start.step(), metrics);
      }
      var window = new Window();
      for (var step = start.step(); step < plan.lastStep() && !stopped; step++) {
        var rate = schedule.at(step);
        var batch = next(loader, step);
        var started = System.nanoTime();
        var result = trainStep.run(batch, step, rate);
        var seconds = (System.nanoTime() - started) * 1e-9;
        window.add(result, batch.labels().length);
        var speed = batch.labels().length / seconds;
        metrics.row(step, batch.epoch(), result.loss(), rate, result.gradientNorm(), speed);

        var done = step + 1;
        var last = done == plan.lastStep();
        if (last || window.seconds() > LOG_SECONDS) {
          FolderLock.requireKept(folder.root());
          console.line(window.describe(this, loader, batch.epoch(), done, rate));
          window = new Window();
        }
        var evaluates = evaluation != null && (last || plan.evaluatesAfter(done));
        var stop = interrupted.getAsBoolean();
        if (evaluates || last || stop || plan.savesAfter(done)) {
          save("last", done, evaluates); // before the evaluation, which takes long
          folder.keepLast(done, plan.keep());
        }
        if (stop && (evaluates || !last)) {
          console.line(
              String.format(
                  Locale.ROOT, "Interrupted after step %d; the checkpoint is saved.", done));
          stopped = true;
        } else if (evaluation != null && evaluates) {
          evaluate(evaluation, done, metrics);
        }
      }
    }
    return new Outcome(report, stopped);
  }

  /// Saves the beginning of a branch, whose settings are others than its first checkpoint says.
  void saveStart() {
    save("last", start.step(), start.evaluationPending());
    folder.keepLast(start.step(), plan.keep());
  }

  /// The next batch. When it cannot be read, the steps so far are saved first.
  private Batch next(BatchLoader loader, long step) {
    try {
      return loader.next();
    } catch (FacetException e) {
      if (step == start.step()) {
        throw e;
      }
      save("last", step, false);
      folder.keepLast(step, plan.keep());
      throw new FacetException(
          e.exitCode(),
          String.format(
              Locale.ROOT,
              "%s The %d steps before are saved: mend it and go on with --resume %s.",
              e.getMessage(),
              step,
              folder.root()),
          e);
    }
  }

  private void evaluate(Supplier<EvalResult> evaluation, long done, Metrics metrics) {
    EvalResult found;
    try {
      found = evaluation.get();
    } catch (FacetException e) {
      if (e.exitCode() != ExitCode.INTERRUPTED) {
        throw e;
      }
      console.line(
          String.format(
              Locale.ROOT,
              "Interrupted in the evaluation after step %d; the checkpoint is saved.",
              done));
      stopped = true;
      return;
    }
    report = found;
    found.logLines((int) done).forEach(console::line);
    metrics.evaluation(done, found.figures());
    if (found.score() > bestScore) {
      bestScore = found.score();
      save("best", done, false);
    }
    save("last", done, false); // with the score, and no longer pending
    folder.keepLast(done, plan.keep());
    console.line(
        String.format(
            Locale.ROOT, "[%s][%d]Accuracy-Highest: %.5f", found.name(), done, bestScore));
  }

  private void save(String name, long done, boolean evaluationPending) {
    FolderLock.requireKept(folder.root());
    var all = new LinkedHashMap<>(header);
    new ResumePoint(done, bestScore, evaluationPending).writeTo(all);
    Checkpoint.save(folder.checkpoint(name), state, all);
  }

  /// What happened since the last log line.
  private static final class Window {
    private final long start = System.nanoTime();
    private double loss;
    private double norm;
    private int steps;
    private long images;

    void add(TrainStep.Result result, int count) {
      loss += result.loss();
      norm += result.gradientNorm();
      steps++;
      images += count;
    }

    double seconds() {
      return (System.nanoTime() - start) * 1e-9;
    }

    /// Insightface's training line, with the gradient's norm and the share of time waiting for
    /// data.
    String describe(Trainer trainer, BatchLoader loader, int epoch, long done, double rate) {
      var speed = images / seconds();
      var left = (trainer.plan.lastStep() - done) * (seconds() / steps);
      return String.format(
          Locale.ROOT,
          "Speed %.1f samples/sec   Loss %.4f   LearningRate %.5f   Epoch: %d   Global Step: %d/%d "
              + "  Grad Norm %.2f   Data Wait %.0f%%   Required: %s",
          speed,
          loss / steps,
          rate,
          epoch,
          done,
          trainer.plan.lastStep(),
          norm / steps,
          100 * loader.takeWaitShare(),
          Console.duration(left));
    }
  }
}
