package facet.train.training;

import static facet.train.error.Printable.format;

import facet.nn.optim.Schedule;
import facet.tensor.Backend;
import facet.train.data.LostImageException;
import facet.train.data.batch.Batch;
import facet.train.data.image.ContactSheet;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.EvalResult;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import facet.train.run.FolderLock;
import facet.train.run.Metrics;
import facet.train.run.RunFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The training loop: load, step, log, evaluate, save. It ends with the last step, after as many
/// evaluations without a better score as its patience ([Plan]), after its time, at an interrupt, or
/// with an error when the loss is no longer finite.
public final class Trainer {
  /// The length of a run.
  ///
  /// @param stepsPerEpoch batches that make an epoch
  /// @param lastStep where to stop
  /// @param evalEvery epochs between evaluations, 0 for none
  /// @param saveEvery steps between checkpoints beside those of every epoch, 0 for none
  /// @param keep how many of the newest checkpoints to keep under their steps' numbers
  /// @param patience evaluations without a better score that end the run, 0 for any number
  /// @param seconds after which it is saved and ends, 0 for any time
  public record Plan(
      int stepsPerEpoch,
      long lastStep,
      int evalEvery,
      int saveEvery,
      int keep,
      int patience,
      double seconds) {
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

  /// Images of the first batch that are kept, and how many in a row.
  private static final int SHOWN = 96;

  private static final int COLUMNS = 12;

  private final Step trainStep;
  private final Schedule schedule;
  private final Plan plan;
  private final RunFolder folder;
  private final Checkpoint.State state;
  private final Map<String, String> header;
  private final Console console;
  private final ResumePoint start;
  private double bestScore;
  private int stale;
  private @Nullable EvalResult report;
  private boolean stopped;

  /// @param state what checkpoints hold
  /// @param header of every checkpoint, beside where the run stands
  /// @param start where to begin
  Trainer(
      Step trainStep,
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
    this.stale = start.stale();
    this.console = console;
  }

  /// Trains.
  ///
  /// @param batches in their order, without end; the one before may be used again
  /// @param evaluation of the network as it is, null without validation data; it ends with an
  ///     [ExitCode#INTERRUPTED] if `interrupted` becomes true
  /// @param interrupted asked after every step; if true the run is saved and ends
  public Outcome run(
      Supplier<Batch> batches,
      @Nullable Supplier<EvalResult> evaluation,
      BooleanSupplier interrupted) {
    try (var metrics = Metrics.open(folder, start.step(), start.evaluationPending())) {
      if (evaluation != null && start.evaluationPending()) {
        evaluate(evaluation, start.step(), metrics);
      }
      var window = new LogWindow();
      var began = System.nanoTime();
      for (var step = start.step(); step < plan.lastStep() && !stopped && !isExhausted(); step++) {
        var rate = schedule.at(step);
        trainStep.takeWaited(); // while a checkpoint was written
        var asked = System.nanoTime();
        var batch = next(batches, step);
        var forRanks = trainStep.takeWaited();
        var forData = secondsSince(asked) - forRanks;
        var result = trainStep.run(batch, step, rate);
        report = null; // it was another network's
        var whole = secondsSince(asked);
        forRanks += trainStep.takeWaited();
        if (step == 0) {
          keepFirst(batch);
          result.idle().forEach(what -> console.line("Warning: " + what));
        }
        var images = batch.labels().length;
        var memory = memory(trainStep.backend());
        window.add(result, images, new LogWindow.Seconds(whole, forData, forRanks));
        metrics.row(
            new Metrics.Row(
                step,
                batch.epoch(),
                result.loss(),
                rate,
                result.gradientNorm(),
                images / whole,
                forData,
                forRanks / whole,
                memory,
                result.terms(),
                result.gradients()));

        var done = step + 1;
        var last = done == plan.lastStep();
        if (last || window.age() > LOG_SECONDS) {
          FolderLock.requireKept(folder.root());
          console.line(window.close(batch.epoch(), done, plan.lastStep(), rate, memory));
        }
        var evaluates = evaluation != null && (last || plan.evaluatesAfter(done));
        var late = plan.seconds() > 0 && secondsSince(began) > plan.seconds();
        var stop = interrupted.getAsBoolean() || late;
        if (evaluates || last || stop || plan.savesAfter(done)) {
          save("last", done, evaluates); // before the evaluation, which takes long
          folder.keepLast(done, plan.keep());
        }
        if (stop && (evaluates || !last)) {
          console.line(
              "%s after step %d; the checkpoint is saved.",
              late ? "The time of --max-time is up" : "Interrupted", done);
          stopped = true;
        } else if (evaluation != null && evaluates) {
          evaluate(evaluation, done, metrics);
        }
      }
    }
    return new Outcome(report, stopped);
  }

  /// Keeps the images of the first step, as they were augmented, for people to look at.
  private void keepFirst(Batch batch) {
    var size = trainStep.size();
    var pixels = 3 * size * size;
    var pictures = new ArrayList<byte[]>();
    for (var i = 0; i < Math.min(batch.images().length / pixels, SHOWN); i++) {
      var rgb = new byte[pixels];
      for (var k = 0; k < pixels; k++) {
        rgb[k] = (byte) Math.round((batch.images()[i * pixels + k] + 1) * 127.5);
      }
      pictures.add(rgb);
    }
    try {
      ContactSheet.write(folder.firstBatch(), COLUMNS, pictures, size);
    } catch (IOException e) {
      throw FacetException.disk(folder.firstBatch(), "free space", e);
    }
  }

  private static double secondsSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) * 1e-9;
  }

  /// The bytes that the backend's tensors take, in use or kept for reuse.
  private static long memory(Backend backend) {
    var floats = backend.pool().allocatedElements() + backend.intPool().allocatedElements();
    var narrow = backend.activations() == backend.pool() ? null : backend.activations();
    return Float.BYTES * floats + (narrow == null ? 0 : Short.BYTES * narrow.allocatedElements());
  }

  /// Whether the score has not risen for as many evaluations as are waited for.
  private boolean isExhausted() {
    return plan.patience() > 0 && stale >= plan.patience();
  }

  /// Saves the beginning of a branch, whose settings are others than its first checkpoint says.
  void saveStart() {
    save("last", start.step(), start.evaluationPending());
    folder.keepLast(start.step(), plan.keep());
  }

  /// The next batch. When it cannot be read, the steps so far are saved first.
  private Batch next(Supplier<Batch> batches, long step) {
    try {
      return batches.get();
    } catch (FacetException e) {
      if (step == start.step()) {
        throw e;
      }
      save("last", step, false);
      folder.keepLast(step, plan.keep());
      throw new FacetException(
          e.exitCode(),
          format(
              "%s The %d steps before are saved: mend it and go on with --resume %s.",
              e.getMessage(), step, folder.root()),
          e);
    }
  }

  private void evaluate(Supplier<EvalResult> evaluation, long done, Metrics metrics) {
    EvalResult found;
    try {
      found = evaluation.get();
    } catch (LostImageException e) {
      console.line("No evaluation after step %d, the training goes on: %s", done, e.getMessage());
      return;
    } catch (FacetException e) {
      if (e.exitCode() != ExitCode.INTERRUPTED) {
        throw e;
      }
      console.line("Interrupted in the evaluation after step %d; the checkpoint is saved.", done);
      stopped = true;
      return;
    }
    report = found;
    found.logLines((int) done).forEach(console::line);
    metrics.evaluation(done, found.score(), found.figures());
    if (found.score() > bestScore) {
      bestScore = found.score();
      stale = 0;
      save("best", done, false);
    } else {
      stale++;
    }
    save("last", done, false); // with the score, and no longer pending
    folder.keepLast(done, plan.keep());
    console.line("[%s][%d]Accuracy-Highest: %.5f", found.sets(), done, bestScore);
    if (isExhausted() && done < plan.lastStep()) {
      console.line(
          "No better score in %d evaluations: the run ends after step %d (--patience).",
          stale, done);
    }
  }

  private void save(String name, long done, boolean evaluationPending) {
    FolderLock.requireKept(folder.root());
    var all = new LinkedHashMap<>(header);
    new ResumePoint(done, bestScore, stale, evaluationPending).writeTo(all);
    Checkpoint.save(folder.checkpoint(name), state, all);
  }
}
