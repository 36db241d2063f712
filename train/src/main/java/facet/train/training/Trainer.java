package facet.train.training;

import facet.nn.optim.Schedule;
import facet.train.data.batch.BatchLoader;
import facet.train.eval.EvalReport;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
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
  /// @param firstStep where to begin, not 0 after resuming
  /// @param lastStep where to stop, at most epochs * stepsPerEpoch
  /// @param evalEvery epochs between evaluations, 0 for none
  /// @param saveEvery steps between checkpoints beside those of every epoch, 0 for none
  /// @param keep how many of the newest checkpoints to keep under their steps' numbers
  public record Plan(
      int epochs,
      int stepsPerEpoch,
      long firstStep,
      long lastStep,
      int evalEvery,
      int saveEvery,
      int keep) {}

  /// How a run ended: the last evaluation, if there was one, and whether it was interrupted.
  public record Outcome(@Nullable EvalReport report, boolean interrupted) {}

  private static final int LOG_SECONDS = 5;

  private final Learner learner;
  private final Schedule schedule;
  private final Plan plan;
  private final RunFolder folder;
  private final Checkpoint.State state;
  private final Map<String, String> header;
  private final Console console;
  private double bestScore;

  /// @param state what checkpoints hold
  /// @param header of every checkpoint, beside where the run stands
  /// @param bestScore of the run so far, negative infinity at its beginning
  public Trainer(
      Learner learner,
      Schedule schedule,
      Plan plan,
      RunFolder folder,
      Checkpoint.State state,
      Map<String, String> header,
      double bestScore,
      Console console) {
    this.learner = learner;
    this.schedule = schedule;
    this.plan = plan;
    this.folder = folder;
    this.state = state;
    this.header = header;
    this.bestScore = bestScore;
    this.console = console;
  }

  /// Trains.
  ///
  /// @param evaluation of the network as it is, null without validation data
  /// @param interrupted asked after every step; if true the run is saved and ends
  public Outcome run(
      BatchLoader loader, @Nullable Supplier<EvalReport> evaluation, BooleanSupplier interrupted) {
    EvalReport report = null;
    try (var metrics = Metrics.open(folder, plan.firstStep())) {
      var window = new Window();
      for (var step = plan.firstStep(); step < plan.lastStep(); step++) {
        var rate = schedule.at(step);
        var batch = loader.next();
        var started = System.nanoTime();
        var result = learner.step(batch, step, rate);
        var seconds = (System.nanoTime() - started) * 1e-9;
        window.add(result, batch.labels().length);
        var speed = batch.labels().length / seconds;
        metrics.row(step, batch.epoch(), result.loss(), rate, result.gradientNorm(), speed);

        var done = step + 1;
        var last = done == plan.lastStep();
        if (last || window.seconds() > LOG_SECONDS) {
          console.line(window.describe(this, loader, batch.epoch(), done, rate));
          window = new Window();
        }
        var epochEnds = done % plan.stepsPerEpoch() == 0;
        var evaluates =
            plan.evalEvery() > 0
                && epochEnds
                && done / plan.stepsPerEpoch() % plan.evalEvery() == 0;
        if (evaluation != null && (evaluates || last)) {
          report = evaluate(evaluation, done);
          metrics.evaluation(done, report.figures());
        }
        var stop = interrupted.getAsBoolean();
        if (epochEnds || last || stop || (plan.saveEvery() > 0 && done % plan.saveEvery() == 0)) {
          save("last", done);
          folder.keepLast(done, plan.keep());
        }
        if (stop && !last) {
          console.line(
              String.format(
                  Locale.ROOT, "Interrupted after step %d; the checkpoint is saved.", done));
          return new Outcome(report, true);
        }
      }
    }
    return new Outcome(report, false);
  }

  private EvalReport evaluate(Supplier<EvalReport> evaluation, long done) {
    var report = evaluation.get();
    report.logLines((int) done).forEach(console::line);
    var score = report.score();
    if (score > bestScore) {
      bestScore = score;
      save("best", done);
    }
    console.line(
        String.format(
            Locale.ROOT, "[%s][%d]Accuracy-Highest: %.5f", report.name(), done, bestScore));
    return report;
  }

  private void save(String name, long done) {
    var all = new LinkedHashMap<>(header);
    all.put("step", Long.toString(done));
    all.put("best-score", Double.toString(bestScore));
    Checkpoint.save(folder.checkpoint(name), state, all);
  }

  /// What happened since the last log line.
  private static final class Window {
    private final long start = System.nanoTime();
    private double loss;
    private double norm;
    private int steps;
    private long images;

    void add(Learner.Result result, int count) {
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
