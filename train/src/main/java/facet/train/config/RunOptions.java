package facet.train.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a run begins, what it leaves behind and when it ends.
public final class RunOptions {
  @Option(
      names = "--init",
      paramLabel = "CHECKPOINT",
      description =
          "Start from the network (and, for the same people, the head) of this checkpoint, or from"
              + " a network that others trained: a .pth, .pt or .safetensors file of PyTorch's.")
  public @Nullable Path init;

  @Option(
      names = "--resume",
      paramLabel = "RUN|CHECKPOINT",
      description = "Continue an interrupted run, bit for bit.")
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
      names = "--dry-run",
      description = "Check data and settings, print the network and the plan, train nothing.")
  public boolean dryRun;

  void check() {
    Checks.notNegative("save-every", saveEvery);
    Checks.notNegative("keep", keep);
    Checks.notNegative("eval-every", evalEvery);
    Checks.notNegative("max-steps", maxSteps);
  }
}
