package facet.train.config;

import facet.nn.loss.BatchLoss;
import facet.nn.loss.DdlSettings;
import facet.nn.loss.HeadSettings;
import facet.train.data.batch.DdlBatch;
import facet.train.error.FacetException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What is minimised.
public final class LossOptions {
  @Option(
      names = "--loss",
      paramLabel = "NAME",
      completionCandidates = PairLosses.Help.class,
      description =
          "Over any images: one of the margin softmaxes that --head names. Over batches of easy and"
              + " hard images, the margin softmax of --head and beside it:"
              + " ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  public String loss = "arcface";

  @Option(
      names = "--head",
      paramLabel = "NAME",
      completionCandidates = Heads.Names.class,
      description =
          "Over batches of easy and hard images, the margin softmax: ${COMPLETION-CANDIDATES}."
              + " Default: ${DEFAULT-VALUE}.")
  public String head = "arcface";

  @Option(
      names = "--head-sees",
      paramLabel = "IMAGES",
      description =
          "Which images of such a batch the margin softmax sees, singles (the paper) or all."
              + " Default: ${DEFAULT-VALUE}.")
  public String headSees = "singles";

  @Option(
      names = "--margin",
      paramLabel = "M",
      completionCandidates = Heads.Margins.class,
      description =
          "The margin: radians for arcface, curricularface and adaface, a cosine for cosface, a"
              + " factor for sphereface. Default: ${COMPLETION-CANDIDATES}.")
  public @Nullable Double margin;

  @Option(
      names = "--scale",
      paramLabel = "S",
      description = "The factor on the cosines. Default: ${DEFAULT-VALUE}.")
  public double scale = 32;

  @Option(
      names = "--loss-weight",
      paramLabel = "W",
      completionCandidates = PairLosses.Weights.class,
      description =
          "A factor on the loss beside the margin softmax; 1 is the paper's. Default:"
              + " ${COMPLETION-CANDIDATES}, which suit small networks.")
  public @Nullable Double lossWeight;

  @Option(
      names = "--triplet-margin",
      paramLabel = "M",
      description =
          "By how much a positive's cosine must exceed the negative's. Default: ${DEFAULT-VALUE}.")
  public double tripletMargin = 0.3;

  @Option(
      names = "--ddl-nodes",
      paramLabel = "RANGE",
      description =
          "Histogram nodes: full for [-1, 1], official for [0, 1). Default: ${DEFAULT-VALUE}.")
  public String ddlNodes = "full";

  @Option(
      names = "--ddl-positives",
      paramLabel = "W",
      description = "Weight of the positives' divergence. Default: ${DEFAULT-VALUE} (the paper).")
  public double ddlPositives = 0.1;

  @Option(
      names = "--ddl-negatives",
      paramLabel = "W",
      description = "Weight of the negatives' divergence. Default: ${DEFAULT-VALUE} (the paper).")
  public double ddlNegatives = 0.02;

  @Option(
      names = "--ddl-order",
      paramLabel = "W",
      description = "Weight of the order loss. Default: ${DEFAULT-VALUE} (the paper).")
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
              + "branch). Default: ${DEFAULT-VALUE}.")
  public int ddlBranch = 8;

  @Option(
      names = "--students",
      paramLabel = "K",
      description =
          "With --low-resolution: make K branches of the hard images, by their resolution. "
              + "Default: ${DEFAULT-VALUE}.")
  public int students = 1;

  void check() {
    head();
    ddl();
    classified(new DdlBatch(1, 2));
    Checks.positive("scale", scale);
    if (lossWeight != null) {
      Checks.notNegative("loss-weight", lossWeight);
    }
    if (margin != null) {
      Checks.notNegative("margin", margin);
    }
    Checks.notNegative("triplet-margin", tripletMargin);
    if (tripletMargin > 2) {
      throw Checks.wrong("triplet-margin", tripletMargin, "a difference of cosines, 0 to 2");
    }
    requireComparison();
    Checks.notNegative("ddl-positives", ddlPositives);
    Checks.notNegative("ddl-negatives", ddlNegatives);
    Checks.notNegative("ddl-order", ddlOrder);
    Checks.positive("ddl-branch", ddlBranch);
    Checks.positive("students", students);
  }

  /// Refuses a comparison of which nothing is left.
  private void requireComparison() {
    if (!drawsBranches() || loss.equals("head")) {
      return;
    }
    if (comparisonWeight() == 0) {
      throw Checks.wrong("loss-weight", 0, "more than 0 (--loss head leaves the comparison out)");
    }
    if (loss.equals("ddl") && ddlPositives == 0 && ddlNegatives == 0 && ddlOrder == 0) {
      throw FacetException.usage(
          "--ddl-positives, --ddl-negatives and --ddl-order are all 0; --loss head leaves the"
              + " comparison out.");
    }
  }

  /// Whether batches are drawn from branches of easy and hard images.
  public boolean drawsBranches() {
    return PairLosses.named(loss) != null;
  }

  /// The margin softmax.
  public HeadSettings head() {
    var name = drawsBranches() ? head : loss;
    var entry = Heads.named(name);
    if (entry == null) {
      var names = String.join(", ", Heads.names());
      throw drawsBranches()
          ? Checks.wrong("head", name, "one of " + names)
          : Checks.wrong(
              "loss", name, "one of " + names + ", " + String.join(", ", PairLosses.names()));
    }
    return entry.head(margin, scale);
  }

  /// The loss beside the margin softmax over batches of this layout, null if there is none.
  public @Nullable BatchLoss comparison(DdlBatch layout) {
    var entry = PairLosses.named(loss);
    return entry == null || entry.factory() == null ? null : entry.factory().loss(this, layout);
  }

  /// The factor on [#comparison].
  public double comparisonWeight() {
    var entry = PairLosses.named(loss);
    return lossWeight != null ? lossWeight : entry == null ? 0 : entry.weight();
  }

  /// The images of a batch that the margin softmax sees.
  public DdlBatch.Range classified(DdlBatch layout) {
    return switch (headSees) {
      case "singles" -> layout.allSingles();
      case "all" -> layout.all();
      default -> throw Checks.wrong("head-sees", headSees, "singles or all");
    };
  }

  DdlSettings ddl() {
    var nodes =
        switch (ddlNodes) {
          case "full" -> DdlSettings.DEFAULT;
          case "official" -> DdlSettings.OFFICIAL;
          default -> throw Checks.wrong("ddl-nodes", ddlNodes, "full or official");
        };
    return new DdlSettings(
        nodes.grid(), ddlPositives, ddlNegatives, ddlOrder, nodes.e(), ddlDetach);
  }
}
