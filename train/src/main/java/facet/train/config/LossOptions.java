package facet.train.config;

import facet.nn.Parameters;
import facet.nn.loss.BatchLoss;
import facet.nn.loss.DdlBatch;
import facet.nn.loss.DdlLoss;
import facet.nn.loss.DdlMemory;
import facet.nn.loss.DdlSettings;
import facet.nn.loss.HeadSettings;
import facet.nn.loss.HistogramBatchLoss;
import facet.tensor.kernel.HistogramGrid;
import facet.train.error.FacetException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What is minimised.
public final class LossOptions {
  /// Of how many pairs a frozen teacher's distributions are, at least.
  private static final int FROZEN_PAIRS = 2000;

  /// Of the histograms' kernel: where it covers all similarities, and where it falls between nodes.
  private static final double FLATTEST = 0.5;

  private static final double NARROWEST = 125_000;

  @Option(
      names = "--loss",
      paramLabel = "LOSS",
      completionCandidates = PairLosses.Names.class,
      description =
          "Over any images: one of the margin softmaxes that --head names. Over batches of easy and"
              + " hard images, the margin softmax of --head and beside it:"
              + " ${bundle:text.losses}. Default: ${DEFAULT-VALUE}.")
  public String loss = "arcface";

  @Option(
      names = "--head",
      paramLabel = "HEAD",
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
      description =
          "The margin: radians for arcface, curricularface and adaface, a cosine for cosface, a"
              + " factor for sphereface. Default: ${bundle:text.margins}.")
  public @Nullable Double margin;

  @Option(
      names = "--scale",
      paramLabel = "S",
      description = "The factor on the cosines. Default: ${DEFAULT-VALUE}.")
  public double scale = 32;

  @Option(
      names = "--loss-weight",
      paramLabel = "W",
      description =
          "A factor on the loss beside the margin softmax; 1 is the paper's. Default:"
              + " ${bundle:text.weights}, which suit small networks.")
  public @Nullable Double lossWeight;

  @Option(
      names = "--triplet-margin",
      paramLabel = "M",
      description =
          "By how much a positive's cosine must exceed the negative's. Default: ${DEFAULT-VALUE}.")
  public double tripletMargin = 0.3;

  @Option(
      names = "--histogram-pairs",
      paramLabel = "PAIRS",
      description =
          "Of which pairs the Histogram Loss makes its histograms: all of the batch, or those that"
              + " ddl sees. Default: ${DEFAULT-VALUE} (its paper).")
  public String histogramPairs = "all";

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
      names = "--ddl-gamma",
      paramLabel = "G",
      description =
          "How narrow the histograms' kernel exp(-G d^2) is. Default: ${DEFAULT-VALUE} (the paper;"
              + " a standard deviation of 0.1).")
  public double ddlGamma = 50;

  @Option(
      names = "--ddl-teacher",
      paramLabel = "KIND",
      description =
          "What the divergences compare the students with: the easy images of the same batch, whose"
              + " embeddings they move, too (live, the paper) or not (detached); or those of the"
              + " network as it starts (frozen). Default: ${DEFAULT-VALUE}.")
  public String ddlTeacher = "live";

  @Option(
      names = "--ddl-queue",
      paramLabel = "Q",
      description =
          "Count in each histogram the last Q similarities of earlier steps as well, so that those"
              + " of small batches are less noisy; a multiple of --ddl-branch. Default:"
              + " ${DEFAULT-VALUE} (the paper).")
  public int ddlQueue;

  @Option(
      names = "--ddl-group",
      paramLabel = "G",
      description =
          "Look for the hardest negative of a single among G of its branch; --ddl-branch is a"
              + " multiple of it. Default: among all of the branch (the paper).")
  public @Nullable Integer ddlGroup;

  @Option(
      names = "--log-gradients",
      description =
          "Log the norm of each term's gradient with respect to the embeddings, too; it costs a"
              + " backward pass a term through the losses, none through the network.")
  public boolean logGradients;

  @Mixin public BranchOptions branch = new BranchOptions();

  void check() {
    head();
    ddl();
    histogram(new DdlBatch(1, 2));
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
    branch.check();
    if (!(ddlGamma >= FLATTEST && ddlGamma <= NARROWEST)) {
      throw Checks.wrong(
          "ddl-gamma", ddlGamma, "0.5 to 125000 (standard deviations of 1 to 0.002, a node's)");
    }
    Checks.notNegative("ddl-queue", ddlQueue);
    if (loss.equals("ddl") && (ddlGroup == null ? branch.size : ddlGroup) < 2) {
      throw FacetException.usage(
          "--ddl-branch and --ddl-group must be 2 or more: a negative is the hardest of so many"
              + " people.");
    }
    requireMultiple("ddl-queue", ddlQueue, "a multiple of --ddl-branch", ddlQueue, branch.size);
    if (ddlGroup != null) {
      Checks.positive("ddl-group", ddlGroup);
      requireMultiple("ddl-group", ddlGroup, "a divisor of --ddl-branch", branch.size, ddlGroup);
    }
  }

  private static void requireMultiple(
      String option, int value, String expected, int number, int divisor) {
    if (number % divisor != 0) {
      throw Checks.wrong(option, value, expected);
    }
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
    return PairLosses.drawBranches(loss);
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

  /// The margin of a head that has one to choose, else null.
  ///
  /// @param chosen the option's value, null for the default
  private @Nullable Double margin(@Nullable Double chosen) {
    var entry = Heads.named(drawsBranches() ? head : loss);
    var margin = entry == null || Double.isNaN(entry.margin()) ? null : entry.margin();
    return chosen == null || margin == null ? margin : chosen;
  }

  /// What options that were left out stand for, by key: the loss decides it.
  ///
  /// @param chosen whether those that were given count, else all are taken as left out
  public Map<String, Object> resolved(boolean chosen) {
    var resolved = new TreeMap<String, Object>();
    var m = margin(chosen ? margin : null);
    if (m != null) {
      resolved.put("margin", m);
    }
    var entry = PairLosses.named(loss);
    if (entry != null && entry.isWeighted()) {
      resolved.put("loss-weight", chosen ? comparisonWeight() : entry.weight());
    }
    return resolved;
  }

  /// The loss beside the margin softmax over batches of this layout, null if there is none.
  ///
  /// @param state takes what the loss remembers from step to step
  public @Nullable BatchLoss comparison(DdlBatch layout, Parameters state) {
    var entry = PairLosses.named(loss);
    return entry == null || entry.factory() == null
        ? null
        : entry.factory().loss(this, layout, state);
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
    var grid = nodes.grid();
    return new DdlSettings(
        new HistogramGrid(grid.low(), grid.step(), grid.nodes(), ddlGamma),
        ddlPositives,
        ddlNegatives,
        ddlOrder,
        nodes.e(),
        !ddlTeacher().equals("live"));
  }

  private String ddlTeacher() {
    if (!List.of("live", "detached", "frozen").contains(ddlTeacher)) {
      throw Checks.wrong("ddl-teacher", ddlTeacher, "live, detached or frozen");
    }
    return ddlTeacher;
  }

  /// The Histogram Loss.
  HistogramBatchLoss histogram(DdlBatch layout) {
    var own =
        switch (histogramPairs) {
          case "all" -> null;
          case "ddl" -> layout;
          default -> throw Checks.wrong("histogram-pairs", histogramPairs, "all or ddl");
        };
    return new HistogramBatchLoss(HistogramBatchLoss.NODES, own);
  }

  /// The Distribution Distillation Loss.
  DdlLoss ddl(DdlBatch layout, Parameters state) {
    var n = layout.n();
    var steps = ddlTeacher().equals("frozen") ? (FROZEN_PAIRS + n - 1) / n : 0;
    var memory =
        ddlQueue == 0 && steps == 0
            ? null
            : new DdlMemory(state, n, layout.branches(), ddlQueue, steps * n);
    return new DdlLoss(ddl(), layout, ddlGroup == null ? n : ddlGroup, memory);
  }
}
