package facet.train.training;

import facet.nn.Network;
import facet.nn.NetworkSpec;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.loss.ClassShards;
import facet.nn.loss.DdlBatch;
import facet.nn.loss.Head;
import facet.nn.loss.MarginHead;
import facet.nn.loss.ShardedHead;
import facet.nn.ranks.Shards;
import facet.tensor.Scope;
import facet.tensor.kernel.CounterRandom;
import facet.train.config.LossOptions;
import facet.train.config.TrainOptions;
import facet.train.run.Checkpoint;
import facet.train.run.ShardedHeadFile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// What is trained, and how: network, head, loss and optimiser, put together.
///
/// @param parameters of the network
/// @param head the parameters of the head
/// @param state what checkpoints hold
/// @param step takes the training steps
record RunModel(
    Network network,
    List<Parameter> parameters,
    List<Parameter> head,
    Checkpoint.State state,
    Step step) {

  /// What is not an option.
  ///
  /// @param layout of batches of easy and hard images, null for plain ones
  /// @param parts in which a batch goes through the network
  record Sizes(NetworkSpec spec, int identities, @Nullable DdlBatch layout, int parts) {}

  /// @param scope where everything lives
  /// @param shards what batches and the head are cut into, null if they are not
  static RunModel of(
      Scope scope, TrainOptions options, Sizes sizes, @Nullable Shards shards, Job job) {
    return of(scope, options, sizes, shards, job, seed -> new Parameters(scope, seed));
  }

  /// As this, of parameters that are not initialised: to find out what it takes.
  static RunModel unfilled(
      Scope scope, TrainOptions options, Sizes sizes, @Nullable Shards shards, Job job) {
    return of(scope, options, sizes, shards, job, seed -> Parameters.unfilled(scope));
  }

  private static RunModel of(
      Scope scope,
      TrainOptions options,
      Sizes sizes,
      @Nullable Shards shards,
      Job job,
      LongFunction<Parameters> parameters) {
    // Networks, heads and steps count from it: none of another run's is near.
    var seed = CounterRandom.mix(options.run.seed);
    var weights = parameters.apply(seed);
    var network = sizes.spec.build(weights);
    var headParameters = parameters.apply(seed + 1);
    var classes = shards == null ? null : classes(scope, options, sizes, shards);
    var head =
        classes == null
            ? new MarginHead(
                headParameters, sizes.identities, sizes.spec.embedding(), options.loss.head())
            : new ShardedHead(classes, headParameters, options.loss.head());
    var optimizer = options.optimizer.optimizer(scope, weights.all(), headParameters.all());
    var memory = parameters.apply(seed + 2);
    var objective = objective(options.loss, head, headParameters, sizes.layout, memory);
    var all = new ArrayList<>(weights.all());
    all.addAll(headParameters.all());
    all.addAll(memory.all());
    var file = classes == null ? null : new ShardedHeadFile(classes, gathering(classes, job));
    var state = new Checkpoint.State(List.copyOf(all), optimizer.state(), file);
    var step =
        classes == null
            ? new TrainStep(
                scope.backend(),
                network,
                objective,
                optimizer,
                sizes.spec.size(),
                seed,
                sizes.parts)
            : new ShardedStep(
                scope,
                new ShardedStep.Model(network, weights.all(), objective, classes),
                optimizer,
                options.optimizer,
                sizes.spec.size(),
                seed,
                job,
                classes.shards());
    return new RunModel(network, weights.all(), headParameters.all(), state, step);
  }

  private static ClassShards classes(
      Scope scope, TrainOptions options, Sizes sizes, Shards shards) {
    var optimizer = options.optimizer;
    return new ClassShards(
        scope,
        shards,
        sizes.identities,
        sizes.spec.embedding(),
        optimizer.sampleRate,
        optimizer.isAdamW());
  }

  /// Rank 0 has the others send their part.
  private static ShardedHeadFile.Gather gathering(ClassShards classes, Job job) {
    return (which, first, target) -> {
      job.order(Job.Order.ROWS, which.ordinal(), (double) first, target.length);
      classes.gather(which, first, target);
    };
  }

  /// What is minimised over batches of easy and hard images, or over plain ones without a layout.
  ///
  /// @param ofHead the head's parameters
  /// @param state takes what a loss remembers from step to step
  static Objective objective(
      LossOptions loss, Head head, Parameters ofHead, @Nullable DdlBatch layout, Parameters state) {
    var objective =
        layout == null
            ? new Objective.Classify(head)
            : new Objective.Branches(
                head,
                loss.comparison(layout, state),
                loss.comparisonWeight(),
                loss.classified(layout),
                layout.branches());
    return loss.logGradients
        ? new Objective.Measured(
            objective, ofHead.all().stream().filter(p -> !p.trained()).toList())
        : objective;
  }
}
