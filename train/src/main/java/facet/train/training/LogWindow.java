package facet.train.training;

import static facet.train.error.Printable.format;

import facet.train.run.Console;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What happened since the last log line. The first steps of a process are slow, since Java still
/// compiles: the speed and the time left leave them out as soon as there are others.
final class LogWindow {
  /// Steps of a process that are slow.
  private static final int WARM_UP = 3;

  /// How much of the smoothed time of a step is that of the newest window.
  private static final double NEWEST = 0.3;

  private long opened = System.nanoTime();
  private int stepsOfProcess;
  private double smoothed = Double.NaN; // seconds of a step
  private double loss;
  private double norm;
  private final Map<String, Double> terms = new LinkedHashMap<>(); // sums
  private final Map<String, Double> gradients = new LinkedHashMap<>(); // sums of their norms
  private double waitedForData;
  private double waitedForRanks;
  private double seconds;
  private long images;
  private int steps;
  private int timed;
  private double timedSeconds;
  private long timedImages;

  /// What a step took.
  ///
  /// @param whole from the step before to its end, the waits included
  /// @param forData that it waited for data
  /// @param forRanks that it waited for other ranks
  record Seconds(double whole, double forData, double forRanks) {}

  /// Adds a step.
  ///
  /// @param count of its images
  void add(TrainStep.Result result, int count, Seconds took) {
    loss += result.loss();
    norm += result.gradientNorm();
    result.terms().forEach((name, value) -> terms.merge(name, value, Double::sum));
    result.gradients().forEach((name, value) -> gradients.merge(name, value, Double::sum));
    waitedForData += took.forData;
    waitedForRanks += took.forRanks;
    seconds += took.whole;
    images += count;
    steps++;
    if (++stepsOfProcess > WARM_UP) {
      timed++;
      timedSeconds += took.whole;
      timedImages += count;
    }
  }

  /// How long it has been open.
  double age() {
    return (System.nanoTime() - opened) * 1e-9;
  }

  /// Insightface's training line, with the terms of the loss, the gradient's norm (and, if they are
  /// measured, those of the terms with respect to the embeddings), the shares of time waiting for
  /// data and for other ranks, if there are any, and the memory that the tensors take; the next
  /// window then begins.
  String close(int epoch, long done, long lastStep, double rate, long memory) {
    var isTimed = timed > 0;
    var step = isTimed ? timedSeconds / timed : seconds / steps;
    smoothed = Double.isNaN(smoothed) ? step : smoothed + NEWEST * (step - smoothed);
    var line =
        format(
            "Speed %.1f samples/sec   Loss %s%s   LearningRate %.5f   Epoch: %d   Global Step:"
                + " %d/%d   Grad Norm %.2f%s   Data Wait %.0f%%%s   Memory %.2f GiB   Required: %s",
            isTimed ? timedImages / timedSeconds : images / seconds,
            text(loss),
            list(terms, "%s %.4f", ""),
            rate,
            epoch,
            done,
            lastStep,
            norm / steps,
            list(gradients, "%s %.3g", "of embeddings: "),
            100 * waitedForData / seconds,
            waitedForRanks > 0 ? format("   Rank Wait %.0f%%", 100 * waitedForRanks / seconds) : "",
            memory / 0x1p30,
            Console.duration((lastStep - done) * smoothed));
    if (!isTimed) {
      smoothed = Double.NaN;
    }
    clear();
    return line;
  }

  /// ` (softmax 8.1200, order 0.3100)`, empty without any.
  private String list(Map<String, Double> sums, String format, String title) {
    return sums.isEmpty()
        ? ""
        : sums.entrySet().stream()
            .map(e -> String.format(Locale.ROOT, format, e.getKey(), e.getValue() / steps))
            .collect(Collectors.joining(", ", " (" + title, ")"));
  }

  private String text(double sum) {
    return format("%.4f", sum / steps);
  }

  private void clear() {
    opened = System.nanoTime();
    loss = 0;
    norm = 0;
    terms.clear();
    gradients.clear();
    waitedForData = 0;
    waitedForRanks = 0;
    seconds = 0;
    images = 0;
    steps = 0;
    timed = 0;
    timedSeconds = 0;
    timedImages = 0;
  }
}
