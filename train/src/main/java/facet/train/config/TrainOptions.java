package facet.train.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The recipe of a training run. Field names are those of the options; defaults are the recipe of a
/// small network trained from scratch.
public final class TrainOptions {
  // -- network ---------------------------------------------------------------------------------

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description =
          "iresnet-tiny, iresnet18, iresnet34, iresnet50, iresnet100 or iresnet200. "
              + "Default: that of --init, else iresnet-tiny.")
  public @Nullable String model;

  @Option(
      names = "--depths",
      paramLabel = "A,B,C,D",
      description = "Blocks of each stage, instead of the model's own.")
  public @Nullable String depths;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Channels of the first stage (each next one has twice as many).")
  public @Nullable Integer width;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "Side of the input images; others are resized.")
  public @Nullable Integer size;

  @Option(names = "--embedding", paramLabel = "N", description = "Length of an embedding.")
  public @Nullable Integer embedding;

  @Option(names = "--dropout", paramLabel = "RATE", description = "Dropout before the last layer.")
  public @Nullable Double dropout;

  // -- loss ------------------------------------------------------------------------------------

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      description = {
        "Over any images: arcface, arcface-easy, arcface-straight-through, cosface, sphereface, "
            + "curricularface, adaface, magface or softmax.",
        "Over batches of easy and hard images, the margin softmax of --head and beside it: ddl, the"
            + " Distribution Distillation Loss; histogram, the Histogram Loss; triplet, the triplet"
            + " loss; head, nothing. Default: ${DEFAULT-VALUE}."
      },
      defaultValue = "arcface")
  public String loss = "arcface";

  @Option(
      names = "--head",
      paramLabel = "NAME",
      description =
          "With --loss ddl, histogram, triplet, head: the margin softmax. Default: "
              + "${DEFAULT-VALUE}.",
      defaultValue = "arcface")
  public String head = "arcface";

  @Option(
      names = "--head-sees",
      paramLabel = "IMAGES",
      description =
          "With these losses: which images of a batch the margin softmax sees, singles (the paper) "
              + "or all. Default: ${DEFAULT-VALUE}.",
      defaultValue = "singles")
  public String headSees = "singles";

  @Option(
      names = "--margin",
      paramLabel = "M",
      description =
          "The margin: radians for arcface, a cosine for cosface, a factor for sphereface. Default:"
              + " 0.3 (cosface 0.35, sphereface 1.35, curricularface 0.5, adaface 0.4).")
  public @Nullable Double margin;

  @Option(
      names = "--scale",
      paramLabel = "S",
      description = "The factor on the cosines. Default: ${DEFAULT-VALUE}.",
      defaultValue = "32")
  public double scale;

  @Option(
      names = "--loss-weight",
      paramLabel = "W",
      description =
          "A factor on the loss beside the margin softmax; 1 is the paper's. Default: ddl 10, "
              + "histogram 40, triplet 25, which suit small networks.")
  public @Nullable Double lossWeight;

  @Option(
      names = "--triplet-margin",
      paramLabel = "M",
      description =
          "By how much a positive's cosine must exceed the negative's. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0.3")
  public double tripletMargin = 0.3;

  @Option(
      names = "--ddl-nodes",
      paramLabel = "RANGE",
      description =
          "Histogram nodes: full for [-1, 1], official for [0, 1). Default: ${DEFAULT-VALUE}.",
      defaultValue = "full")
  public String ddlNodes = "full";

  @Option(
      names = "--ddl-positives",
      paramLabel = "W",
      description = "Weight of the positives' divergence. Default: ${DEFAULT-VALUE} (the paper).",
      defaultValue = "0.1")
  public double ddlPositives = 0.1;

  @Option(
      names = "--ddl-negatives",
      paramLabel = "W",
      description = "Weight of the negatives' divergence. Default: ${DEFAULT-VALUE} (the paper).",
      defaultValue = "0.02")
  public double ddlNegatives = 0.02;

  @Option(
      names = "--ddl-order",
      paramLabel = "W",
      description = "Weight of the order loss. Default: ${DEFAULT-VALUE} (the paper).",
      defaultValue = "0.5")
  public double ddlOrder = 0.5;

  @Option(
      names = "--ddl-detach",
      description = "Let the divergences move the students only, not the teacher.")
  public boolean ddlDetach;

  @Option(
      names = "--ddl-branch",
      paramLabel = "N",
      description =
          "Singles and pairs of each branch in a batch of easy and hard images (3 N images a "
              + "branch). Default: ${DEFAULT-VALUE}.",
      defaultValue = "8")
  public int ddlBranch = 8;

  @Option(
      names = "--students",
      paramLabel = "K",
      description =
          "With --low-resolution: make K branches of the hard images, by their resolution. "
              + "Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  public int students = 1;

  // -- optimiser -------------------------------------------------------------------------------

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the data. Default: ${DEFAULT-VALUE}.",
      defaultValue = "20")
  public int epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Images of a step (for batches of easy and hard images see --ddl-branch). Default: "
              + "${DEFAULT-VALUE}.",
      defaultValue = "128")
  public int batchSize;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "The learning rate after the warm-up. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0.1")
  public double lr;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "cosine, poly, step or constant. Default: ${DEFAULT-VALUE}.",
      defaultValue = "cosine")
  public String schedule = "cosine";

  @Option(
      names = "--milestones",
      paramLabel = "EPOCH,...",
      description = "With --schedule step: divide the rate by 10 after these epochs.")
  public @Nullable String milestones;

  @Option(
      names = "--warmup",
      paramLabel = "EPOCHS",
      description = "Epochs over which the rate rises from 0. Default: ${DEFAULT-VALUE}.",
      defaultValue = "2")
  public double warmup;

  @Option(
      names = "--momentum",
      paramLabel = "M",
      description = "Default: ${DEFAULT-VALUE}.",
      defaultValue = "0.9")
  public double momentum;

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      description = "Not on biases, norms and PReLU. Default: ${DEFAULT-VALUE}.",
      defaultValue = "5e-4")
  public double weightDecay;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description =
          "Clip the network's gradient to this norm; 0 does not. Default: ${DEFAULT-VALUE}.",
      defaultValue = "5")
  public double clip;

  @Option(
      names = "--shift",
      paramLabel = "PIXELS",
      description = "Random shift of each image, beside mirroring. Default: ${DEFAULT-VALUE}.",
      defaultValue = "2")
  public int shift;

  @Option(
      names = "--light",
      paramLabel = "SHARE",
      description =
          "Random change of each image's brightness and contrast, up to this share. "
              + "Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  public double light;

  @Option(
      names = "--erase",
      paramLabel = "PROBABILITY",
      description = "Cover a random rectangle of an image this often. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  public double erase;

  // -- run -------------------------------------------------------------------------------------

  @Option(
      names = "--init",
      paramLabel = "CHECKPOINT",
      description =
          "Start from the network (and, for the same people, the head) of this checkpoint.")
  public @Nullable Path init;

  @Option(
      names = "--resume",
      paramLabel = "RUN|CHECKPOINT",
      description = "Continue an interrupted run, bit for bit.")
  public @Nullable Path resume;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides initial weights, order and augmentation. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  public long seed;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Where run folders are made. Default: ${DEFAULT-VALUE}.",
      defaultValue = "runs")
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
          "Save last.safetensors every so many steps beside every epoch's end; 0 does not.",
      defaultValue = "0")
  public int saveEvery;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description =
          "Keep the newest N checkpoints as step-N.safetensors, too, in case the last one is "
              + "damaged. Default: ${DEFAULT-VALUE}.",
      defaultValue = "2")
  public int keep;

  @Option(
      names = "--eval-every",
      paramLabel = "EPOCHS",
      description =
          "Evaluate on the validation people every so many epochs. Default: ${DEFAULT-VALUE}.",
      defaultValue = "4")
  public int evalEvery;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      description = "Stop after so many steps (the schedule keeps its length); 0 does not.",
      defaultValue = "0")
  public int maxSteps;

  @Option(
      names = "--dry-run",
      description = "Check data and settings, print the network and the plan, train nothing.")
  public boolean dryRun;
}
