package facet.train.run;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import facet.train.text.TextFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The curves of a run: a row a step in `metrics.csv`, and the same for TensorBoard. Both are
/// flushed after every row, so a killed run keeps them.
///
/// The last column, `score`, is that of an evaluation after the step, else empty; the columns
/// before it are the terms of the loss, if it has more than one, and, where they are measured, the
/// norms of the terms' gradients with respect to the embeddings, each with [#GRADIENT] before its
/// name.
public final class Metrics implements AutoCloseable {
  private static final List<String> COLUMNS =
      List.of(
          "step",
          "epoch",
          "loss",
          "rate",
          "gradient_norm",
          "images_per_second",
          "wait_seconds",
          "rank_wait_share",
          "memory_mib");
  /// Begins the column of a term's gradient.
  public static final String GRADIENT = "gradient/";

  private static final String SCORE = "score";
  private static final double MIB = 1 << 20;

  /// The outcome of a training step.
  ///
  /// @param step counted from 0
  /// @param waited seconds that it waited for data
  /// @param waitedForRanks the share of its time that it waited for other ranks
  /// @param memory bytes that the tensors take
  /// @param terms what the loss is the sum of, by name; the same names in every step
  /// @param gradients the norms of the terms' gradients, likewise
  public record Row(
      long step,
      int epoch,
      double loss,
      double rate,
      double gradientNorm,
      double speed,
      double waited,
      double waitedForRanks,
      long memory,
      Map<String, Double> terms,
      Map<String, Double> gradients) {
    /// The columns of this run alone.
    private Map<String, Double> own() {
      var own = new LinkedHashMap<>(terms);
      gradients.forEach((name, norm) -> own.put(GRADIENT + name, norm));
      return own;
    }
  }

  private final Path file;
  private final BufferedWriter writer;
  private boolean begun; // the header is there
  private boolean open; // the last row may still get its score
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
      var open = false;
      if (Files.exists(file)) {
        var lines = Files.readAllLines(file);
        var kept = new ArrayList<>(lines.subList(0, Math.min(1, lines.size())));
        lines.stream().skip(1).filter(line -> stepOf(line) < firstStep).forEach(kept::add);
        open = evaluates && kept.size() > 1 && stepOf(kept.getLast()) == firstStep - 1;
        if (open) { // the row gets the score of the evaluation that is made again
          kept.add(kept.removeLast().replaceFirst("[^,]*$", ""));
        }
        TextFile.write(file, String.join("\n", kept) + (open ? "" : "\n"));
      } else {
        TextFile.write(file, header(List.of()) + "\n");
      }
      EventFile.cut(folder.root(), firstStep, evaluates);
      var metrics =
          new Metrics(
              file,
              Files.newBufferedWriter(file, StandardOpenOption.APPEND),
              EventFile.create(folder.root()));
      metrics.open = open;
      return metrics;
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

  /// Adds a step.
  public void row(Row row) {
    var own = row.own();
    try {
      if (!begun) {
        begin(own.keySet());
      }
      var text = new StringBuilder();
      text.append(
          format(
              "%d,%d,%s,%s,%s,%.1f,%.4f,%.4f,%.1f,",
              row.step,
              row.epoch,
              (float) row.loss,
              (float) row.rate,
              (float) row.gradientNorm,
              row.speed,
              row.waited,
              row.waitedForRanks,
              row.memory / MIB));
      own.values().forEach(value -> text.append((float) value.doubleValue()).append(','));
      endRow();
      writer.append(text).flush();
      open = true;
      events.scalar("train/loss", row.step, row.loss);
      events.scalar("train/learning_rate", row.step, row.rate);
      events.scalar("train/gradient_norm", row.step, row.gradientNorm);
      events.scalar("train/images_per_second", row.step, row.speed);
      events.scalar("train/wait_seconds", row.step, row.waited);
      if (row.waitedForRanks > 0) {
        events.scalar("train/rank_wait_share", row.step, row.waitedForRanks);
      }
      events.scalar("train/memory_mib", row.step, row.memory / MIB);
      for (var term : row.terms.entrySet()) {
        events.scalar("train/loss/" + term.getKey(), row.step, term.getValue());
      }
      for (var gradient : row.gradients.entrySet()) {
        events.scalar("train/" + GRADIENT + gradient.getKey(), row.step, gradient.getValue());
      }
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /// Whether a column is neither of the loss's terms nor of their gradients.
  public static boolean isCommon(String column) {
    return COLUMNS.contains(column) || column.equals(SCORE);
  }

  private static String header(Collection<String> own) {
    var columns = new ArrayList<>(COLUMNS);
    columns.addAll(own);
    columns.add(SCORE);
    return String.join(",", columns);
  }

  /// Gives the file the columns that this run has: the terms are known with the first row, and rows
  /// of an older version may have had others.
  private void begin(Collection<String> own) throws IOException {
    var header = header(own);
    var lines = new ArrayList<>(Files.readAllLines(file));
    if (!lines.getFirst().equals(header)) {
      var columns = header.split(",");
      var old = List.of(lines.getFirst().split(",", -1));
      lines.set(0, header);
      for (var i = 1; i < lines.size(); i++) {
        var fields = lines.get(i).split(",", -1);
        lines.set(
            i,
            Arrays.stream(columns)
                .map(old::indexOf)
                .map(at -> at < 0 || at >= fields.length ? "" : fields[at])
                .collect(Collectors.joining(",")));
      }
      // the writer appends to this file
      Files.writeString(file, String.join("\n", lines) + (open ? "" : "\n"));
    }
    begun = true;
  }

  private void endRow() throws IOException {
    if (open) {
      writer.append('\n');
      open = false;
    }
  }

  /// An evaluation after `done` steps: its score, and for TensorBoard its figures, such as
  /// `hard-hard/margin`.
  public void evaluation(long done, double score, Map<String, Double> figures) {
    try {
      if (open) {
        writer.append(Float.toString((float) score));
        endRow();
        writer.flush();
      }
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
    try (events;
        writer) {
      endRow();
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }
}
