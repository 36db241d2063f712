package facet.nn.loss;

import facet.nn.Initializer;
import facet.nn.NonFiniteException;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.UpdateKernels.Slot;
import facet.tensor.kernel.UpdateKernels.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The weights and momentum of some classes in a row, `[count, d]` each. A step works on [Block]s
/// of them, so that it needs no second buffer of that size.
final class ClassShard {
  /// Classes that are worked on together: the buffers of a block fit the cache.
  private static final int BLOCK = 4096;

  private final int first;
  private final int count;
  private final Tensor weight;
  private final Tensor momentum;

  /// @param first the number of its first class
  ClassShard(Scope scope, int first, int count, int d) {
    this.first = first;
    this.count = count;
    weight = scope.allocate(Shape.of(count, d));
    momentum = scope.zeros(Shape.of(count, d));
  }

  int first() {
    return first;
  }

  int count() {
    return count;
  }

  private int d() {
    return weight.shape().last();
  }

  /// Some classes of the shard.
  ///
  /// @param from the first of them, counted within the shard
  /// @param rows which they are if they do not follow each other
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Block(ClassShard shard, int from, int count, int @Nullable [] rows) {
    /// Where a class is in the block, negative if it is not.
    int find(int label) {
      var row = label - shard.first;
      if (rows != null) {
        return Arrays.binarySearch(rows, row);
      }
      return row >= from && row < from + count ? row - from : -1;
    }

    /// Their weights, `[count, d]`: the shard's own memory where they follow each other.
    ///
    /// @param copy takes them otherwise
    Tensor weight(Tensor copy) {
      return rows == null ? part(shard.weight, from) : gathered(shard.weight, copy);
    }

    private Tensor part(Tensor of, int row) {
      return of.view(row * shard.d(), Shape.of(count, shard.d()));
    }

    private Tensor gathered(Tensor all, Tensor copy) {
      move(all, copy, true);
      return copy.view(0, Shape.of(count, shard.d()));
    }

    /// Copies the rows out of the shard, or back.
    private void move(Tensor all, Tensor copy, boolean out) {
      var d = shard.d();
      var row = Shape.of(d);
      var pointwise = all.scope().kernels().pointwise();
      for (var i = 0; i < count; i++) {
        var far = all.view(rows[i] * d, row).storage();
        var near = copy.view(i * d, row).storage();
        pointwise.copy(d, out ? far : near, out ? near : far);
      }
    }

    /// One step of stochastic gradient descent, see [facet.nn.optim.Sgd]. Classes that are not in
    /// the block keep weights and momentum.
    ///
    /// @param w copies of weights and momentum if the classes do not follow each other
    /// @throws NonFiniteException if a weight is not finite afterwards
    void update(Tensor gradient, Step step, double decay, Tensor w, Tensor v) {
      var weights = weight(w);
      var momenta = rows == null ? part(shard.momentum, from) : gathered(shard.momentum, v);
      var kernels = gradient.scope().kernels().update();
      var size = count * shard.d();
      kernels.sgd(
          List.of(new Slot(weights.storage(), gradient.storage(), momenta.storage(), size, decay)),
          step);
      var norm = gradient.scope().allocate(Shape.scalar());
      kernels.squaredNorm(
          List.of(new Slot(weights.storage(), weights.storage(), weights.storage(), size, 0)),
          norm.storage());
      if (!Double.isFinite(norm.item())) {
        throw new NonFiniteException(
            String.format(
                Locale.ROOT,
                "the update made a weight of classes %d to %d infinite or NaN",
                shard.first + from,
                shard.first + (rows == null ? from + count : shard.count) - 1));
      }
      gradient.scope().release(norm);
      if (rows != null) {
        move(shard.weight, w, false);
        move(shard.momentum, v, false);
      }
    }
  }

  /// All classes, or those of a sample.
  ///
  /// @param rows the sample, ascending, counted within the shard; null for all
  List<Block> blocks(int @Nullable [] rows) {
    var blocks = new ArrayList<Block>();
    var all = rows == null ? count : rows.length;
    for (var from = 0; from < all; from += BLOCK) {
      var length = Math.min(BLOCK, all - from);
      var some = rows == null ? null : Arrays.copyOfRange(rows, from, from + length);
      blocks.add(new Block(this, from, length, some));
    }
    return blocks;
  }

  /// The most classes of a block.
  int longest() {
    return Math.min(BLOCK, count);
  }

  /// Fills the weights as [Initializer#normal] fills the whole matrix, on all cores.
  void initialize(double deviation, long seed) {
    var d = d();
    var blocks = blocks(null);
    var cores = Runtime.getRuntime().availableProcessors();
    for (var begin = 0; begin < blocks.size(); begin += cores) {
      var some = blocks.subList(begin, Math.min(begin + cores, blocks.size()));
      var values =
          some.parallelStream()
              .map(
                  b -> {
                    var start = (long) (first + b.from) * d;
                    return Initializer.normal(deviation, seed, start, b.count * d);
                  })
              .toList();
      for (var i = 0; i < values.size(); i++) {
        set(false, some.get(i).from * d, values.get(i));
      }
    }
  }

  /// Writes elements from number `from` of this shard on.
  ///
  /// @param ofMomentum into the momentum, else into the weights
  void set(boolean ofMomentum, int from, float... values) {
    var part = tensor(ofMomentum).view(from, Shape.of(values.length));
    part.set(values);
  }

  /// Reads `length` elements from number `from` of this shard on into `target[offset]` and
  /// following.
  void get(boolean ofMomentum, int from, float[] target, int offset, int length) {
    Backend backend = weight.backend();
    var part = tensor(ofMomentum).view(from, Shape.of(length));
    backend.read(part.storage(), target, offset, length);
  }

  private Tensor tensor(boolean ofMomentum) {
    return ofMomentum ? momentum : weight;
  }
}
