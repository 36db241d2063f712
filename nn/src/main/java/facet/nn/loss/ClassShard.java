package facet.nn.loss;

import facet.nn.Initializer;
import facet.nn.NonFiniteException;
import facet.nn.optim.Optimizer;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Storage;
import facet.tensor.Tensor;
import facet.tensor.kernel.UpdateKernels.Slot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The weights and moments of some classes in a row, `[count, d]` each. A step works on [Block]s of
/// them, so that it needs no second buffer of that size.
final class ClassShard {
  /// Classes that are worked on together: the buffers of a block fit the cache.
  private static final int BLOCK = 4096;

  private final int first;
  private final int count;
  private final Tensor weight;
  private final Map<HeadMatrix, Tensor> kept = new EnumMap<>(HeadMatrix.class);

  /// @param first the number of its first class
  /// @param matrices what is kept of them
  ClassShard(Scope scope, int first, int count, int d, Set<HeadMatrix> matrices) {
    this.first = first;
    this.count = count;
    var shape = Shape.of(count, d);
    weight = scope.allocate(shape);
    for (var which : matrices) {
      kept.put(which, which == HeadMatrix.WEIGHT ? weight : scope.zeros(shape));
    }
  }

  private Tensor matrix(HeadMatrix which) {
    return Objects.requireNonNull(kept.get(which));
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

    /// Their rows of a matrix, `[count, d]`: the shard's own memory where they follow each other.
    ///
    /// @param copy takes them otherwise
    Tensor of(HeadMatrix which, Tensor copy) {
      var all = shard.matrix(which);
      var shape = Shape.of(count, shard.d());
      if (rows == null) {
        return all.view(from * shard.d(), shape);
      }
      move(all, copy, true);
      return copy.view(0, shape);
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

    /// The update that `optimizer` has made last. Classes that are not in the block keep weights
    /// and moments.
    ///
    /// @param copies of each matrix if the classes do not follow each other
    /// @throws NonFiniteException if a weight is not finite afterwards
    void update(
        Tensor gradient,
        Optimizer optimizer,
        double rate,
        double decay,
        Map<HeadMatrix, Tensor> copies) {
      var of = new EnumMap<HeadMatrix, Storage>(HeadMatrix.class);
      copies.forEach((which, copy) -> of.put(which, of(which, copy).storage()));
      var weights = Objects.requireNonNull(of.get(HeadMatrix.WEIGHT));
      var momenta = Objects.requireNonNull(of.get(HeadMatrix.MOMENTUM));
      var size = count * shard.d();
      var squares = of.get(HeadMatrix.SQUARES);
      optimizer.move(
          List.of(new Slot(weights, gradient.storage(), momenta, squares, size, decay)), rate);
      var norm = gradient.scope().allocate(Shape.scalar());
      var kernels = gradient.scope().kernels().update();
      kernels.squaredNorm(List.of(new Slot(weights, weights, weights, size, 0)), norm.storage());
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
        copies.forEach((which, copy) -> move(shard.matrix(which), copy, false));
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
        set(HeadMatrix.WEIGHT, some.get(i).from * d, values.get(i));
      }
    }
  }

  /// Writes elements of a matrix from number `from` of this shard on.
  void set(HeadMatrix which, int from, float... values) {
    var part = matrix(which).view(from, Shape.of(values.length));
    part.set(values);
  }

  /// Reads `length` elements of a matrix from number `from` of this shard on into `target[offset]`
  /// and following.
  void get(HeadMatrix which, int from, float[] target, int offset, int length) {
    Backend backend = weight.backend();
    var part = matrix(which).view(from, Shape.of(length));
    backend.read(part.storage(), target, offset, length);
  }
}
