package facet.train.config;

import static facet.train.error.Printable.format;

import facet.nn.Parameter;
import facet.nn.optim.AdamW;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Schedule;
import facet.nn.optim.Sgd;
import facet.tensor.Scope;
import facet.train.error.FacetException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How long and how fast the network learns.
public final class OptimizerOptions {
  private static final String SGD = "sgd";
  private static final String ADAMW = "adamw";

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the data. Default: ${DEFAULT-VALUE}.")
  public int epochs = 20;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Images of a step (for batches of easy and hard images see --ddl-branch). Default:"
              + " ${DEFAULT-VALUE}.")
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
      names = "--shards",
      paramLabel = "N",
      description =
          "Cut a batch and the people of the head into N shards, of which each rank of 'mpirun' has"
              + " some: results depend on N, not on the ranks. Batch norm sees a shard. Default:"
              + " the ranks at the start of the run; 0, not cut, without 'mpirun'.")
  public int shards;

  @Option(
      names = "--sample-rate",
      paramLabel = "SHARE",
      description =
          "Partial FC: the softmax of a step runs over this share of the people, those of the batch"
              + " always among them. Default: ${DEFAULT-VALUE}, all.")
  public double sampleRate = 1;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description =
          "sgd (with momentum) or adamw (Adam with decoupled weight decay). Default:"
              + " ${DEFAULT-VALUE}.")
  public String optimizer = SGD;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "The learning rate after the warm-up. Default: 0.1, for adamw 0.001.")
  public @Nullable Double lr;

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

  @Option(
      names = "--momentum",
      paramLabel = "M",
      description = "Of sgd. Default: ${DEFAULT-VALUE}.")
  public double momentum = 0.9;

  @Option(
      names = "--betas",
      paramLabel = "A,B",
      description = "Of adamw: how much is kept of the two moments. Default: 0.9,0.999.")
  public @Nullable String betas;

  @Option(
      names = "--eps",
      paramLabel = "E",
      description = "Of adamw: the least that is divided by. Default: 1e-8.")
  public @Nullable Double eps;

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      description = "Not on biases, norms and PReLU. Default: 0.0005, for adamw 0.01.")
  public @Nullable Double weightDecay;

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
    if (!List.of(SGD, ADAMW).contains(optimizer)) {
      throw Checks.wrong("optimizer", optimizer, "sgd or adamw");
    }
    Checks.positive("lr", rate());
    adamW();
    Checks.notNegative("warmup", warmup);
    Checks.belowOne("momentum", momentum);
    Checks.notNegative("weight-decay", decay());
    Checks.notNegative("clip", clip);
    schedule();
    checkShards();
  }

  /// The shards of a batch and of the head, 0 if neither is cut.
  public int shardCount() {
    return shards == 0 && sampleRate < 1 ? 1 : shards;
  }

  private void checkShards() {
    Checks.notNegative("shards", shards);
    if (!(sampleRate > 0 && sampleRate <= 1)) {
      throw Checks.wrong("sample-rate", sampleRate, "above 0, at most 1");
    }
    if (shardCount() > 0 && accumulate > 1) {
      throw FacetException.usage(
          "--accumulate takes a batch in parts, as several ranks, --shards and --sample-rate do;"
              + " leave it out.");
    }
  }

  /// About settings that can be computed but are most likely a mistake.
  public Optional<String> warning() {
    return warmup > epochs
        ? Optional.of(
            format(
                "Warning: --warmup %s takes longer than --epochs %d; the rate never rises to --lr"
                    + " %s.",
                warmup, epochs, rate()))
        : Optional.empty();
  }

  /// Whether weights move by AdamW, which remembers two moments of each.
  public boolean isAdamW() {
    return optimizer.equals(ADAMW);
  }

  private double rate() {
    return lr != null ? lr : isAdamW() ? 1e-3 : 0.1;
  }

  public double decay() {
    return weightDecay != null ? weightDecay : isAdamW() ? 0.01 : 5e-4;
  }

  private AdamW.Settings adamW() {
    var usual = AdamW.Settings.DEFAULT;
    var kept = List.of(usual.beta1(), usual.beta2());
    if (betas != null) {
      kept = Checks.numbers("betas", betas);
      if (kept.size() != 2 || !kept.stream().allMatch(beta -> beta >= 0 && beta < 1)) {
        throw Checks.wrong("betas", betas, "two numbers from 0 to below 1");
      }
    }
    var least = eps == null ? usual.eps() : eps;
    Checks.positive("eps", least);
    return new AdamW.Settings(kept.getFirst(), kept.getLast(), least);
  }

  /// The optimiser of a network, whose gradient is clipped, and its classifier.
  public Optimizer optimizer(Scope scope, List<Parameter> network, List<Parameter> classifier) {
    var decayed = decayAll ? network.stream().map(Parameter::decayed).toList() : network;
    var groups =
        new Optimizer.Group[] {
          new Optimizer.Group(decayed, decay(), clip), new Optimizer.Group(classifier, decay(), 0)
        };
    return isAdamW() ? new AdamW(scope, adamW(), groups) : new Sgd(scope, momentum, groups);
  }

  /// What options that may be left out stand for, by key.
  public Map<String, Object> resolved() {
    var resolved = new TreeMap<String, Object>();
    resolved.put("lr", rate());
    resolved.put("weight-decay", decay());
    if (isAdamW()) {
      var settings = adamW();
      resolved.put("betas", List.of(settings.beta1(), settings.beta2()));
      resolved.put("eps", settings.eps());
    }
    return resolved;
  }

  /// The learning rate of every step.
  public Schedule schedule(int stepsPerEpoch) {
    var steps = (long) epochs * stepsPerEpoch;
    return new Schedule(schedule(), rate(), steps, Math.round(warmup * stepsPerEpoch));
  }

  private Schedule.Decay schedule() {
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
