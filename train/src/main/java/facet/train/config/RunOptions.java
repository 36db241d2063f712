package facet.train.config;

import facet.train.run.FileName;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a run begins, what it leaves behind and when it ends.
public final class RunOptions {
  @Option(
      names = "--init",
      paramLabel = "CHECKPOINT|RUN",
      converter = CheckpointPath.class,
      description =
          "Start from the network (and, for the same people, the head) of this checkpoint, or from"
              + " a network that others trained: a .pth, .pt or .safetensors file of PyTorch's. A"
              + " run stands for its best checkpoint.")
  public @Nullable Path init;

  @Option(
      names = "--resume",
      paramLabel = "RUN|CHECKPOINT",
      description =
          "Continue an interrupted run, bit for bit. last: the newest in --output (of --name, if"
              + " given); auto: the same, or a new run if there is none.")
  public @Nullable Path resume;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides initial weights, order and augmentation. Default: ${DEFAULT-VALUE}.")
  public long seed;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Where run folders are made. Default: ${DEFAULT-VALUE}.")
  public Path output = Path.of("runs");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Name of the run's folder; -2, -3, ... is added if it exists. Default: the model and"
              + " loss.")
  public @Nullable String name;

  @Option(
      names = "--save-every",
      paramLabel = "STEPS",
      description =
          "Save last.safetensors every so many steps beside every epoch's end; 0 does not.")
  public int saveEvery;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description =
          "Keep the newest N checkpoints as step-N.safetensors, too, in case the last one is "
              + "damaged. Default: ${DEFAULT-VALUE}.")
  public int keep = 2;

  @Option(
      names = "--eval-every",
      paramLabel = "EPOCHS",
      description =
          "Evaluate on the validation people every so many epochs. Default: ${DEFAULT-VALUE}.")
  public int evalEvery = 4;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      description = "Stop after so many steps (the schedule keeps its length); 0 does not.")
  public int maxSteps;

  @Option(
      names = "--max-time",
      paramLabel = "TIME",
      description =
          "Save and stop after this time, such as 90m or 8h, as after a signal; --resume goes on.")
  public @Nullable String maxTime;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "Stop when N evaluations in a row were not better than the best before; 0 does not."
              + " Default: ${DEFAULT-VALUE}.")
  public int patience;

  @Option(
      names = "--overfit",
      paramLabel = "N",
      description =
          "A test of the set-up: train on the first N batches over and over, without augmentation;"
              + " the loss has to fall to almost 0.")
  public int overfit;

  @Option(
      names = "--allow-overlap",
      description =
          "Evaluate on images that are trained on, too, which is otherwise refused: what is found"
              + " then says little about others.")
  public boolean allowOverlap;

  @Option(
      names = "--dry-run",
      description = "Check data and settings, print the network and the plan, train nothing.")
  public boolean dryRun;

  /// The time of `--max-time` in seconds, 0 without one.
  public double maxSeconds() {
    if (maxTime == null) {
      return 0;
    }
    if (!maxTime.matches("\\d{1,6}[smh]")) {
      throw Checks.wrong("max-time", maxTime, "seconds, minutes or hours, such as 30s, 90m or 8h");
    }
    var count = Integer.parseInt(maxTime.substring(0, maxTime.length() - 1));
    if (count == 0) {
      throw Checks.wrong("max-time", maxTime, "a time above 0");
    }
    return count
        * switch (maxTime.charAt(maxTime.length() - 1)) {
          case 's' -> 1.0;
          case 'm' -> 60.0;
          default -> 3600.0;
        };
  }

  void check() {
    if (name != null) {
      FileName.require(name, "--name"); // before data is looked through
    }
    Checks.notNegative("save-every", saveEvery);
    Checks.notNegative("keep", keep);
    Checks.notNegative("eval-every", evalEvery);
    Checks.notNegative("max-steps", maxSteps);
    Checks.notNegative("patience", patience);
    Checks.notNegative("overfit", overfit);
    maxSeconds();
  }
}
