package facet.train.training;

import facet.nn.Layer;
import facet.nn.NonFiniteException;
import facet.nn.Parameter;
import facet.nn.loss.ClassShards;
import facet.nn.loss.LossTerms;
import facet.nn.optim.Optimizer;
import facet.nn.ranks.GradientSum;
import facet.nn.ranks.ShardStatistics;
import facet.nn.ranks.Shards;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.train.config.OptimizerOptions;
import facet.train.data.batch.Batch;
import facet.train.data.batch.ShardRange;
import facet.train.error.FacetException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One training step of all ranks. Each takes its shards of the batch through the network; the
/// embeddings of all shards are gathered, so that the objective sees the whole batch, whatever it
/// compares; each rank takes the gradient of its own embeddings back, and the gradients of the
/// weights are summed over shards. Every rank then makes the same update of the network, and one of
/// its own of the head's classes.
///
/// Whatever depends on a number of things depends on the shards: the bits of the weights are the
/// same on any number of ranks.
public final class ShardedStep implements Step {
  private final Backend backend;
  private final Layer network;
  private final Objective objective;
  private final Optimizer optimizer;
  private final ClassShards classes;
  private final OptimizerOptions options;
  private final int size;
  private final long seed;
  private final Job job;
  private final Shards shards;
  private final ShardRange part;
  private final GradientSum gradients;
  private final ShardStatistics statistics;

  /// The network and what is minimised.
  public record Model(
      Layer network, List<Parameter> parameters, Objective objective, ClassShards classes) {}

  /// @param scope where sums live
  /// @param size side of the input images in pixels
  public ShardedStep(
      Scope scope,
      Model model,
      Optimizer optimizer,
      OptimizerOptions options,
      int size,
      long seed,
      Job job,
      Shards shards) {
    this.backend = scope.backend();
    this.network = model.network;
    this.objective = model.objective;
    this.classes = model.classes;
    this.optimizer = optimizer;
    this.options = options;
    this.size = size;
    this.seed = seed;
    this.job = job;
    this.shards = shards;
    part = new ShardRange(shards.count(), shards.first(), shards.end());
    gradients = new GradientSum(scope, shards, values(model.parameters, true));
    statistics = new ShardStatistics(shards, values(model.parameters, false));
  }

  private static List<Tensor> values(List<Parameter> parameters, boolean trained) {
    return parameters.stream().filter(p -> p.trained() == trained).map(Parameter::value).toList();
  }

  @Override
  public ShardRange part() {
    return part;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public Objective objective() {
    return objective;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public double takeWaited() {
    return job.takeWaited() + gradients.takeWaited();
  }

  @Override
  public TrainStep.Result run(Batch batch, long step, double rate) {
    try {
      return take(batch, step, rate);
    } catch (NonFiniteException e) {
      throw job.everywhere(TrainStep.diverged(e, step, rate));
    }
  }

  private TrainStep.Result take(Batch batch, long step, double rate) {
    var passes = new ArrayList<Pass>();
    try (var tape = Tape.training(backend, seedOf(step, shards.count()))) {
      forward(batch, step, passes);
      var embeddings = gather(tape, passes, batch.labels().length);
      var terms = new LossTerms();
      var loss = objective.loss(tape, embeddings, tape.ints(batch.labels()), terms);
      var value = loss.item();
      if (!Double.isFinite(value)) {
        throw job.everywhere(TrainStep.diverged(value, tape.firstNonFinite(), step, rate));
      }
      var values = terms.values();
      var found = tape.backward(loss).of(embeddings);
      backward(passes, found, batch.labels().length);
      gradients.finish();
      statistics.finish();
      var norm = optimizer.step((Optimizer.Source) gradients::of, rate);
      updateClasses(tape, step, rate);
      job.done();
      return new TrainStep.Result(value, values, terms.gradients(), norm);
    } finally {
      passes.forEach(pass -> pass.tape.close());
    }
  }

  /// One shard's way through the network.
  private record Pass(Tape tape, Tensor embeddings) {}

  /// What is random in a shard, or in what follows them all, is a function of its number.
  private long seedOf(long step, int shard) {
    return seed + step * (shards.count() + 1L) + shard;
  }

  private void forward(Batch batch, long step, List<Pass> passes) {
    var pixels = 3 * size * size;
    var from = 0;
    gradients.begin();
    statistics.begin();
    for (var shard = part.first(); shard < part.end(); shard++) {
      var count = part.images(batch.labels().length, shard, shard + 1);
      var tape = Tape.training(backend, seedOf(step, shard));
      passes.add(new Pass(tape, embeddings(tape, batch, from, count)));
      statistics.add();
      from += count * pixels;
    }
  }

  private Tensor embeddings(Tape tape, Batch batch, int from, int count) {
    var x = tape.allocate(count, size, size, 3);
    backend.write(batch.images(), from, x.storage(), x.size());
    return network.forward(tape, x);
  }

  /// The embeddings of all shards in the batch's order, as a leaf.
  private Tensor gather(Tape tape, List<Pass> passes, int batch) {
    var d = passes.getFirst().embeddings.shape().last();
    var mine = new float[part.images(batch) * d];
    var at = 0;
    for (var pass : passes) {
      var e = pass.embeddings;
      backend.read(e.storage(), mine, at, e.size());
      at += e.size();
    }
    var ranks = shards.ranks();
    var lengths = new long[ranks.size()];
    for (var r = 0; r < lengths.length; r++) {
      var images = part.images(batch, shards.first(r), shards.first(r + 1));
      lengths[r] = (long) images * d * Float.BYTES;
    }
    var all = new float[batch * d];
    ranks.allGather(MemorySegment.ofArray(mine), MemorySegment.ofArray(all), lengths);
    var ordered = new float[all.length];
    var positions = new ShardRange(shards.count(), 0, shards.count()).positions(batch);
    for (var i = 0; i < batch; i++) {
      System.arraycopy(all, i * d, ordered, positions[i] * d, d);
    }
    var leaf = tape.variable(Shape.of(batch, d));
    leaf.set(ordered);
    return leaf;
  }

  /// Takes the gradients of this rank's embeddings through the network.
  private void backward(List<Pass> passes, @Nullable Tensor of, int batch) {
    if (of == null) {
      throw new IllegalStateException("the loss does not depend on the embeddings");
    }
    var d = of.shape().last();
    var all = of.toFloats();
    for (var k = 0; k < passes.size(); k++) {
      var pass = passes.get(k);
      var shard = part.first() + k;
      var mine = new float[pass.embeddings.size()];
      for (int i = shard, at = 0; i < batch; i += shards.count(), at += d) {
        System.arraycopy(all, i * d, mine, at, d);
      }
      var dy = pass.tape.of(pass.embeddings.shape(), mine);
      pass.tape.lastBackward(pass.embeddings, dy, gradients);
      gradients.endShard();
      pass.tape.close();
    }
  }

  /// A weight that is not finite is one rank's; all hear of it.
  private void updateClasses(Scope scope, long step, double rate) {
    FacetException failure = null;
    try {
      classes.update(scope, optimizer, rate, options.decay());
    } catch (NonFiniteException e) {
      failure = TrainStep.diverged(e, step, rate);
    }
    job.agree(failure, false);
  }
}
