package facet.train.run;

import facet.train.error.FacetException;
import facet.train.text.TextFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;

/// The curves of a run: a row a step in `metrics.csv`, and the same for TensorBoard. Both are
/// flushed after every row, so a killed run keeps them.
public final class Metrics implements AutoCloseable {
  private static final String HEADER = "step,epoch,loss,rate,gradient_norm,images_per_second";

  private final Path file;
  private final BufferedWriter writer;
  private final EventFile events;

  private Metrics(Path file, BufferedWriter writer, EventFile events) {
    this.file = file;
    this.writer = writer;
    this.events = events;
  }

  /// Opens the folder's files, keeping the rows of steps before `firstStep` if there are any.
  ///
  /// @param evaluates whether the evaluation after `firstStep` steps is made again
  public static Metrics open(RunFolder folder, long firstStep, boolean evaluates) {
    var file = folder.metrics();
    try {
      if (Files.exists(file)) {
        var kept =
            Files.readAllLines(file).stream()
                .filter(line -> line.equals(HEADER) || stepOf(line) < firstStep)
                .toList();
        TextFile.write(file, String.join("\n", kept) + "\n");
      } else {
        TextFile.write(file, HEADER + "\n");
      }
      EventFile.cut(folder.root(), firstStep, evaluates);
      return new Metrics(
          file,
          Files.newBufferedWriter(file, StandardOpenOption.APPEND),
          EventFile.create(folder.root()));
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  private static long stepOf(String line) {
    try {
      return Long.parseLong(line.substring(0, Math.max(0, line.indexOf(','))));
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE; // a row cut off by a crash
    }
  }

  /// The outcome of training step `step`, counted from 0.
  public void row(
      long step, int epoch, double loss, double rate, double gradientNorm, double speed) {
    try {
      writer.write(
          String.format(
              Locale.ROOT,
              "%d,%d,%s,%s,%s,%.1f\n",
              step,
              epoch,
              (float) loss,
              (float) rate,
              (float) gradientNorm,
              speed));
      writer.flush();
      events.scalar("train/loss", step, loss);
      events.scalar("train/learning_rate", step, rate);
      events.scalar("train/gradient_norm", step, gradientNorm);
      events.scalar("train/images_per_second", step, speed);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /// The figures of an evaluation after `done` steps, such as `hard-hard/margin`, for TensorBoard.
  public void evaluation(long done, Map<String, Double> figures) {
    try {
      for (var figure : figures.entrySet()) {
        if (Double.isFinite(figure.getValue())) { // undefined ones are no points of a curve
          events.scalar("eval/" + figure.getKey(), done, figure.getValue());
        }
      }
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  private static FacetException cannotWrite(Path file, IOException e) {
    return FacetException.disk(file, "free space", e);
  }

  @Override
  public void close() {
    try (events) {
      writer.close();
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }
}
