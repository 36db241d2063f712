package facet.train.config;

import facet.nn.optim.Schedule;
import facet.train.error.FacetException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How long and how fast the network learns.
public final class OptimizerOptions {
  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the data. Default: ${DEFAULT-VALUE}.")
  public int epochs = 20;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Images of a step (for batches of easy and hard images see --ddl-branch). Default: "
              + "${DEFAULT-VALUE}.")
  public int batchSize = 128;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description =
          "Take a batch through the network in N parts, one after the other, and sum their"
              + " gradients: the memory of a part, the update of the batch; but batch norm sees a"
              + " part. Not with a loss that compares a batch's images. Default: ${DEFAULT-VALUE}.")
  public int accumulate = 1;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "The learning rate after the warm-up. Default: ${DEFAULT-VALUE}.")
  public double lr = 0.1;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description =
          "cosine, linear (after the warm-up, insightface's today), poly (power 2, insightface's"
              + " before), step or constant. Default: ${DEFAULT-VALUE}.")
  public String schedule = "cosine";

  @Option(
      names = "--milestones",
      paramLabel = "EPOCH,...",
      description = "With --schedule step: divide the rate by 10 after these epochs.")
  public @Nullable String milestones;

  @Option(
      names = "--warmup",
      paramLabel = "EPOCHS",
      description = "Epochs over which the rate rises from 0. Default: ${DEFAULT-VALUE}.")
  public double warmup = 2;

  @Option(names = "--momentum", paramLabel = "M", description = "Default: ${DEFAULT-VALUE}.")
  public double momentum = 0.9;

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      description = "Not on biases, norms and PReLU. Default: ${DEFAULT-VALUE}.")
  public double weightDecay = 5e-4;

  @Option(
      names = "--decay-all",
      description = "Weight decay on all parameters, as arcface_torch has it.")
  public boolean decayAll;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description =
          "Clip the network's gradient to this norm; 0 does not. Default: ${DEFAULT-VALUE}.")
  public double clip = 5;

  void check() {
    Checks.positive("epochs", epochs);
    Checks.positive("batch-size", batchSize);
    if (accumulate < 1 || accumulate > batchSize) {
      throw Checks.wrong("accumulate", accumulate, "1 to --batch-size " + batchSize);
    }
    Checks.positive("lr", lr);
    Checks.notNegative("warmup", warmup);
    Checks.belowOne("momentum", momentum);
    Checks.notNegative("weight-decay", weightDecay);
    Checks.notNegative("clip", clip);
    schedule(1);
  }

  /// What can be computed but is hardly meant.
  public Optional<String> warning() {
    return warmup > epochs
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "Warning: --warmup %s takes longer than --epochs %d; the rate never rises to --lr"
                    + " %s.",
                warmup,
                epochs,
                lr))
        : Optional.empty();
  }

  /// The learning rate of every step.
  public Schedule schedule(int stepsPerEpoch) {
    var steps = (long) epochs * stepsPerEpoch;
    return new Schedule(decay(), lr, steps, Math.round(warmup * stepsPerEpoch));
  }

  private Schedule.Decay decay() {
    return switch (schedule) {
      case "cosine" -> new Schedule.Cosine();
      case "linear" -> new Schedule.Linear();
      case "poly" -> new Schedule.Poly(2);
      case "constant" -> new Schedule.Constant();
      case "step" -> new Schedule.Step(shares(milestones));
      default ->
          throw Checks.wrong("schedule", schedule, "one of cosine, linear, poly, step, constant");
    };
  }

  /// The milestones as shares of the run.
  private List<Double> shares(@Nullable String text) {
    if (text == null) {
      throw FacetException.usage(
          "--schedule step needs --milestones, the epochs after which the rate falls, such as"
              + " 10,16.");
    }
    var milestones = Checks.integers("milestones", text);
    if (!milestones.stream().allMatch(epoch -> epoch >= 1 && epoch < epochs)) {
      throw Checks.wrong(
          "milestones", text, "epochs of the run before its last, 1 to " + (epochs - 1));
    }
    return milestones.stream().map(epoch -> (double) epoch / epochs).toList();
  }
}
