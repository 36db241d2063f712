package facet.train.training;

import facet.nn.IResNetSpec;
import facet.nn.loss.BatchLoss;
import facet.nn.loss.DdlLoss;
import facet.nn.loss.DdlSettings;
import facet.nn.loss.Head;
import facet.nn.loss.HistogramBatchLoss;
import facet.nn.loss.MarginHead;
import facet.nn.loss.TripletLoss;
import facet.nn.optim.Schedule;
import facet.tensor.kernel.Margin;
import facet.train.config.TrainOptions;
import facet.train.data.batch.Augmentation;
import facet.train.data.batch.DdlBatch;
import facet.train.error.FacetException;
import facet.train.run.Checkpoint;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Turns the words of [TrainOptions] into the things they name, or says which word is wrong.
final class Recipe {
  private static final List<String> HEADS =
      List.of(
          "arcface",
          "arcface-easy",
          "arcface-straight-through",
          "cosface",
          "softmax",
          "sphereface",
          "curricularface",
          "adaface",
          "magface");

  /// What is minimised beside the margin softmax over batches of easy and hard images.
  private static final List<String> BRANCH_LOSSES = List.of("ddl", "histogram", "triplet", "head");

  private final TrainOptions options;

  Recipe(TrainOptions options) {
    this.options = options;
    positive("epochs", options.epochs);
    positive("batch-size", options.batchSize);
    positive("ddl-branch", options.ddlBranch);
    positive("students", options.students);
    positive("lr", options.lr);
    positive("scale", options.scale);
    notNegative("warmup", options.warmup);
    notNegative("momentum", options.momentum);
    notNegative("weight-decay", options.weightDecay);
    notNegative("clip", options.clip);
    notNegative("shift", options.shift);
    atMostOne("light", options.light);
    atMostOne("erase", options.erase);
    if (options.lossWeight != null) {
      notNegative("loss-weight", options.lossWeight);
    }
    notNegative("triplet-margin", options.tripletMargin);
    notNegative("ddl-positives", options.ddlPositives);
    notNegative("ddl-negatives", options.ddlNegatives);
    notNegative("ddl-order", options.ddlOrder);
    notNegative("save-every", options.saveEvery);
    notNegative("keep", options.keep);
    notNegative("eval-every", options.evalEvery);
    notNegative("max-steps", options.maxSteps);
  }

  private static void positive(String option, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw wrong(option, value, "a number above 0");
    }
  }

  private static void notNegative(String option, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw wrong(option, value, "0 or more");
    }
  }

  private static void atMostOne(String option, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw wrong(option, value, "a number from 0 to 1");
    }
  }

  private static FacetException wrong(String option, Object value, String expected) {
    return FacetException.usage(
        String.format(Locale.ROOT, "--%s is %s, expected %s.", option, value, expected));
  }

  /// Checks all words, too.
  void check() {
    network();
    head();
    schedule(1);
    ddl();
    classified(new DdlBatch(1, 2));
  }

  /// The network's dimensions: those of `--init` or of the named model, changed by the single
  /// options.
  IResNetSpec network() {
    var base = baseNetwork();
    try {
      return new IResNetSpec(
          base.name(),
          options.depths == null ? base.depths() : integers("depths", options.depths),
          options.width == null ? base.width() : options.width,
          options.size == null ? base.size() : options.size,
          options.embedding == null ? base.embedding() : options.embedding,
          options.dropout == null ? base.dropout() : options.dropout);
    } catch (IllegalArgumentException e) {
      throw FacetException.usage(e.getMessage() + ".");
    }
  }

  private IResNetSpec baseNetwork() {
    if (options.model == null && options.init != null) {
      return Checkpoint.spec(options.init);
    }
    var name = options.model == null ? "iresnet-tiny" : options.model;
    var named = IResNetSpec.named(name);
    if (named == null) {
      throw wrong("model", name, "one of " + String.join(", ", IResNetSpec.names()));
    }
    return named;
  }

  private static List<Integer> integers(String option, String text) {
    try {
      return Arrays.stream(text.split(",")).map(String::strip).map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw wrong(option, text, "whole numbers with commas between, such as 1,2,2,2");
    }
  }

  /// Whether batches are drawn from branches of easy and hard images.
  boolean drawsBranches() {
    return BRANCH_LOSSES.contains(options.loss);
  }

  /// The margin softmax. Margins that nobody set are the published ones, but for ArcFace, whose
  /// 0.5 is too much for small networks trained from scratch.
  Head head() {
    var name = drawsBranches() ? options.head : options.loss;
    if (!HEADS.contains(name)) {
      throw wrong(
          drawsBranches() ? "head" : "loss",
          name,
          "one of "
              + String.join(", ", HEADS)
              + (drawsBranches() ? "" : ", " + String.join(", ", BRANCH_LOSSES)));
    }
    var scale = options.scale;
    return switch (name) {
      case "sphereface" -> {
        var published = new Head.SphereFace(scale);
        yield new Head.SphereFace(margin(published.m()), scale);
      }
      case "curricularface" -> {
        var published = new Head.CurricularFace(scale);
        yield new Head.CurricularFace(margin(published.m()), published.momentum(), scale);
      }
      case "adaface" -> {
        var published = new Head.AdaFace(scale);
        yield new Head.AdaFace(margin(published.m()), published.h(), published.momentum(), scale);
      }
      case "magface" -> {
        if (options.margin != null) {
          throw FacetException.usage(
              String.format(
                      Locale.ROOT,
                      "--margin is %s, but magface takes its margins, 0.45 to 0.8, from the"
                          + " embeddings'",
                      options.margin)
                  + " lengths; leave --margin out.");
        }
        yield new Head.MagFace(scale);
      }
      default -> {
        var kind = Margin.Kind.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
        var m = margin(kind == Margin.Kind.COSFACE ? 0.35 : 0.3);
        yield new Head.Fixed(new Margin(kind, m, scale));
      }
    };
  }

  private double margin(double standard) {
    return options.margin == null ? standard : options.margin;
  }

  /// What is varied in a training image.
  Augmentation augmentation() {
    return new Augmentation(0.5, options.shift, options.light, options.light, 0, 0, options.erase);
  }

  /// What is minimised over batches of this layout.
  Objective.Branches branches(MarginHead head, DdlBatch layout) {
    return new Objective.Branches(
        head, comparison(layout), lossWeight(), classified(layout), layout.branches());
  }

  /// By default such that the gradient of the loss is about as large as the margin softmax's in a
  /// small network (docs/ddl.md): with the published weights, 1, it is a fourteenth of it or less.
  private double lossWeight() {
    if (options.lossWeight != null) {
      return options.lossWeight;
    }
    return switch (options.loss) {
      case "ddl" -> 10;
      case "histogram" -> 40;
      case "triplet" -> 25;
      default -> 0;
    };
  }

  private @Nullable BatchLoss comparison(DdlBatch layout) {
    return switch (options.loss) {
      case "ddl" -> new DdlLoss(ddl(), layout.n(), layout.branches());
      case "histogram" -> HistogramBatchLoss.DEFAULT;
      case "triplet" -> new TripletLoss(options.tripletMargin, layout.n(), layout.branches());
      default -> null;
    };
  }

  private DdlBatch.Range classified(DdlBatch layout) {
    return switch (options.headSees) {
      case "singles" -> layout.allSingles();
      case "all" -> layout.all();
      default -> throw wrong("head-sees", options.headSees, "singles or all");
    };
  }

  DdlSettings ddl() {
    var nodes =
        switch (options.ddlNodes) {
          case "full" -> DdlSettings.DEFAULT;
          case "official" -> DdlSettings.OFFICIAL;
          default -> throw wrong("ddl-nodes", options.ddlNodes, "full or official");
        };
    return new DdlSettings(
        nodes.grid(),
        options.ddlPositives,
        options.ddlNegatives,
        options.ddlOrder,
        nodes.e(),
        options.ddlDetach);
  }

  Schedule schedule(int stepsPerEpoch) {
    var steps = (long) options.epochs * stepsPerEpoch;
    return new Schedule(decay(), options.lr, steps, Math.round(options.warmup * stepsPerEpoch));
  }

  private Schedule.Decay decay() {
    return switch (options.schedule) {
      case "cosine" -> new Schedule.Cosine();
      case "poly" -> new Schedule.Poly(2);
      case "constant" -> new Schedule.Constant();
      case "step" -> new Schedule.Step(milestones(options.milestones));
      default -> throw wrong("schedule", options.schedule, "one of cosine, poly, step, constant");
    };
  }

  private List<Double> milestones(@Nullable String text) {
    if (text == null) {
      throw FacetException.usage(
          "--schedule step needs --milestones, the epochs after which the rate falls, such as"
              + " 10,16.");
    }
    return integers("milestones", text).stream()
        .map(epoch -> (double) epoch / options.epochs)
        .toList();
  }
}
