package facet.nn.loss;

import static facet.nn.loss.HeadMatrix.SQUARES;

import facet.nn.NonFiniteException;
import facet.nn.optim.Optimizer;
import facet.nn.ranks.Shards;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.GemmShape;
import facet.tensor.kernel.RowKernels.UnitRows;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The weights `[classes, d]` of a head and their moments, cut into shards of classes, of which
/// each rank has some: no rank has the whole. What a step needs beside them is the cosines of its
/// rows with its own classes and the buffers of one block.
public final class ClassShards {
  private final Shards shards;
  private final int classes;
  private final int d;
  private final double rate;
  private final Set<HeadMatrix> matrices;
  private final List<ClassShard> own = new ArrayList<>();
  private @Nullable Pending pending;

  /// What an update needs of the backward pass.
  ///
  /// @param x the rows of length 1, `[n, d]`
  /// @param gradients of the cosines, a matrix `[n, block]` a block
  record Pending(Tensor x, List<ClassShard.Block> blocks, List<Tensor> gradients) {}

  /// @param rate the share of the classes that a step looks at, 1 for all
  /// @param squares whether the optimiser remembers a second moment
  public ClassShards(Scope scope, Shards shards, int classes, int d, double rate, boolean squares) {
    this.shards = shards;
    this.classes = classes;
    this.d = d;
    this.rate = rate;
    matrices =
        squares ? EnumSet.allOf(HeadMatrix.class) : EnumSet.complementOf(EnumSet.of(SQUARES));
    for (var s = shards.first(); s < shards.end(); s++) {
      var first = shards.begin(classes, s);
      own.add(new ClassShard(scope, first, shards.begin(classes, s + 1) - first, d, matrices));
    }
  }

  public int classes() {
    return classes;
  }

  public int d() {
    return d;
  }

  /// What is kept of the classes.
  public Set<HeadMatrix> matrices() {
    return Collections.unmodifiableSet(matrices);
  }

  /// What the classes are cut into.
  public Shards shards() {
    return shards;
  }

  /// Fills the weights as [MarginHead] fills its own from `seed`.
  void initialize(double deviation, long seed) {
    own.forEach(shard -> shard.initialize(deviation, seed));
  }

  /// The blocks of a step, a list for each of this rank's shards.
  List<List<ClassShard.Block>> blocks(long seed, int... labels) {
    var sample = rate < 1 ? new ClassSample(rate, seed) : null;
    return own.stream()
        .map(shard -> shard.blocks(sample == null ? null : sample.of(shard, labels)))
        .toList();
  }

  /// Buffers for one block: its weights of length 1 and their lengths, and copies of the rows of
  /// classes that do not follow each other.
  ///
  /// @param copied the matrices whose rows are
  Buffers buffers(Scope scope, Set<HeadMatrix> copied) {
    var longest = own.stream().mapToInt(ClassShard::longest).max().orElse(0);
    var copies = new EnumMap<HeadMatrix, Tensor>(HeadMatrix.class);
    copied.forEach(which -> copies.put(which, scope.allocate(rate < 1 ? longest : 0, d)));
    return new Buffers(scope.allocate(longest, d), scope.allocate(longest), copies);
  }

  /// Buffers for the weights of one block.
  Buffers buffers(Scope scope) {
    return buffers(scope, EnumSet.of(HeadMatrix.WEIGHT));
  }

  /// See [#buffers(Scope, Set)].
  record Buffers(Tensor unit, Tensor norm, Map<HeadMatrix, Tensor> copies) {
    void release(Scope scope) {
      scope.release(unit);
      scope.release(norm);
      copies.values().forEach(scope::release);
    }

    /// The rows of a block's weights, each of length 1.
    UnitRows unitRows(ClassShard.Block block) {
      var w = block.of(HeadMatrix.WEIGHT, Objects.requireNonNull(copies.get(HeadMatrix.WEIGHT)));
      var rows = new UnitRows(unit.storage(), norm.storage());
      w.scope().kernels().row().normalize(w.matrix(), Cosines.EPS, rows);
      return rows;
    }
  }

  void setPending(Pending pending) {
    this.pending = pending;
  }

  /// Moves the weights by what the last backward pass found,
  ///
  ///     dŵ = dcᵀ x̂      dw = (dŵ − ŵ (ŵ · dŵ)) / |w|
  ///
  /// as `optimizer` has just moved the network's, block by block, so that no gradient of all
  /// classes is ever in memory. To be called before the tape of that pass closes. Where classes are
  /// sampled, the others keep weights and moments, and AdamW's number of the update is that of all,
  /// as in PyTorch's `SparseAdam`.
  ///
  /// @throws NonFiniteException if a weight is not finite afterwards
  public void update(Scope scope, Optimizer optimizer, double rate, double decay) {
    var last = pending;
    if (last == null) {
      return;
    }
    pending = null;
    var buffers = buffers(scope, matrices);
    var longest = buffers.norm.size();
    var unitGradient = scope.allocate(longest, d);
    var gradient = scope.allocate(longest, d);
    var n = last.x.shape().dim(0);
    var kernels = scope.kernels();
    for (var b = 0; b < last.blocks.size(); b++) {
      var block = last.blocks.get(b);
      var count = block.count();
      var dw = unitGradient.view(0, Shape.of(count, d));
      kernels
          .gemm()
          .gemm(
              new GemmShape(true, false, count, d, n),
              1,
              last.gradients.get(b).storage(),
              last.x.storage(),
              0,
              dw.storage());
      kernels
          .row()
          .normalizeBackward(buffers.unitRows(block), Cosines.EPS, dw.matrix(), gradient.storage());
      block.update(gradient, optimizer, rate, decay, buffers.copies);
    }
  }

  /// Puts elements of a whole matrix into `target`, on rank 0. Collective.
  ///
  /// @param first the number of the first element
  public void gather(HeadMatrix which, long first, float[] target) {
    var ranks = shards.ranks();
    var sent = new long[ranks.size()];
    var received = new long[ranks.size()];
    for (var r = 0; r < ranks.size(); r++) {
      var from = (long) shards.begin(classes, shards.first(r)) * d;
      var to = (long) shards.begin(classes, shards.first(r + 1)) * d;
      var count = Math.max(0, Math.min(to, first + target.length) - Math.max(from, first));
      received[r] = ranks.rank() == 0 ? Float.BYTES * count : 0;
      sent[0] = r == ranks.rank() ? Float.BYTES * count : sent[0];
    }
    var mine = new float[(int) (sent[0] / Float.BYTES)];
    var at = 0;
    for (var shard : own) {
      var begin = (long) shard.first() * d;
      var from = Math.max(begin, first);
      var to = Math.min(begin + (long) shard.count() * d, first + target.length);
      if (from < to) {
        var length = (int) (to - from);
        shard.get(which, (int) (from - begin), mine, at, length);
        at += length;
      }
    }
    ranks.exchange(MemorySegment.ofArray(mine), sent, MemorySegment.ofArray(target), received);
  }

  /// Where elements of a matrix come from.
  @FunctionalInterface
  public interface Source<E extends Exception> {
    /// Puts `length` elements from number `first` on into `target`.
    void read(long first, float[] target, int length) throws E;
  }

  /// Takes this rank's part of a whole matrix over.
  public <E extends Exception> void load(HeadMatrix which, Source<E> source) throws E {
    for (var shard : own) {
      for (var block : shard.blocks(null)) {
        var values = new float[block.count() * d];
        source.read((long) (shard.first() + block.from()) * d, values, values.length);
        shard.set(which, block.from() * d, values);
      }
    }
  }
}
