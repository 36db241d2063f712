package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.nn.ranks.ShardSum;
import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.GemmShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The margin softmax of [MarginSoftmax] and [MarginCosines] over classes that lie in shards, with
/// `x̂ [n, d]` the rows of length 1, the same on every rank, and `p [n]` the margin's parameters.
/// With `ŵ` the weights of length 1, `c = x̂ ŵᵀ`, `t[i] = c[i, label[i]]`:
///
///     y[i,j] = ψ(t[i], p[i])            if j = label[i]
///              c[i,j] (p[i] + c[i,j])   if c[i,j] > limit(t[i])
///              c[i,j]                   otherwise
///     lse[i] = log Σⱼ exp(s y[i,j]),    over a shard first, then over shards
///     L      = 1/n Σᵢ (lse[i] − s ψ(t[i], p[i]))
///
/// What ranks tell each other are `n` numbers a shard: the targets, of which each lies in one
/// shard, and the `lse` of the shards. Backward, with `q = exp(s y − lse)`:
///
///     dc[i,j] = s/n · (q − 1) ∂ψ/∂c  |  s/n · q (p[i] + 2c)  |  s/n · q       dx̂ = Σ shards dc ŵ
///     dp[i]   = s/n · (q[i,label] − 1) ∂ψ/∂p    (where classes become harder, p is a constant)
///
/// summed over shards in the order of [ShardSum]. The gradient of `ŵ` is [ClassShards#update]'s,
/// which is handed `dc` and `x̂`. Where classes are sampled, all sums run over the sample.
///
/// @param curriculum what all of `p` becomes, given the targets (CurricularFace's `t`, a constant);
///     null if `p` is the second input
/// @param seed decides the sample
public record ShardedSoftmax(
    ClassShards classes,
    TargetMargin margin,
    Ints labels,
    @Nullable ToDoubleFunction<double[]> curriculum,
    long seed)
    implements Op<ShardedSoftmax.Saved> {
  /// What backward remembers.
  ///
  /// @param logSumExp of each row
  /// @param blocks of classes, shard after shard, and the cosines with each, `[n, block]`
  public record Saved(
      Tensor x,
      double[] targets,
      double[] parameters,
      double[] logSumExp,
      List<List<ClassShard.Block>> blocks,
      List<Tensor> cosines) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(
        x.shape().rank() == 2 && x.shape().last() == classes.d(),
        this,
        "rows must be [n, %s], are %s",
        classes.d(),
        x.shape());
    var n = x.shape().dim(0);
    require(labels.length() == n, this, "there are %s labels for rows %s", labels.length(), x);
    require(in[1].size() == n, this, "parameters must be [%s], are %s", n, in[1].shape());
    var people = labels.toArray();
    var blocks = classes.blocks(seed, people);
    var rows = new BlockRows(scope, margin, people);
    var cosines = cosines(scope, x, blocks);
    var targets = targets(rows, blocks, cosines);
    var parameters = in[1].toDoubles();
    if (curriculum != null) {
      Arrays.fill(parameters, curriculum.applyAsDouble(targets));
    }
    rows.setTargets(targets, parameters);
    var lse = logSumExp(rows, blocks, cosines);
    var loss = 0.0;
    for (var i = 0; i < n; i++) {
      loss += lse[i] - margin.scale() * margin.psi(targets[i], parameters[i]);
    }
    return new Forward<>(
        scope.of(Shape.scalar(), loss / Math.max(n, 1)),
        new Saved(x, targets, parameters, lse, blocks, cosines));
  }

  /// The cosines of the rows with this rank's classes.
  private List<Tensor> cosines(Scope scope, Tensor x, List<List<ClassShard.Block>> blocks) {
    var n = x.shape().dim(0);
    var buffers = classes.buffers(scope);
    var all = new ArrayList<Tensor>();
    for (var shard : blocks) {
      for (var block : shard) {
        var c = scope.allocate(n, block.count());
        var shape = new GemmShape(false, true, n, block.count(), classes.d());
        var unit = buffers.unitRows(block).y();
        scope.kernels().gemm().gemm(shape, 1, x.storage(), unit, 0, c.storage());
        all.add(c);
      }
    }
    buffers.release(scope);
    return all;
  }

  /// The cosine of each row with its own class: one rank has it, the others add 0.
  private double[] targets(
      BlockRows rows, List<List<ClassShard.Block>> blocks, List<Tensor> cosines) {
    var targets = new double[labels.length()];
    var b = 0;
    for (var shard : blocks) {
      for (var block : shard) {
        rows.addTargets(block, cosines.get(b++), targets);
      }
    }
    if (classes.shards().ranks().size() > 1) {
      classes.shards().ranks().allReduce(targets);
    }
    return targets;
  }

  /// Over all classes; puts the targets' `ψ` into the cosines.
  private double[] logSumExp(
      BlockRows rows, List<List<ClassShard.Block>> blocks, List<Tensor> cosines) {
    var n = labels.length();
    var shards = classes.shards();
    var own = new double[shards.own()][n];
    var b = 0;
    for (var s = 0; s < blocks.size(); s++) {
      var parts = new double[blocks.get(s).size()][];
      for (var k = 0; k < parts.length; k++, b++) {
        parts[k] = rows.logSumExp(blocks.get(s).get(k), cosines.get(b));
      }
      for (var i = 0; i < n; i++) {
        var row = i;
        own[s][i] = combined(Arrays.stream(parts).mapToDouble(part -> part[row]).toArray());
      }
    }
    return shards.combine(own, ShardedSoftmax::combined);
  }

  /// The log of the sum of exponentials of parts of which each has its own.
  private static double combined(double... parts) {
    var largest = Double.NEGATIVE_INFINITY;
    for (var part : parts) {
      largest = Math.max(largest, part);
    }
    if (Double.isInfinite(largest)) {
      return largest;
    }
    var sum = 0.0;
    for (var part : parts) {
      sum += Math.exp(part - largest);
    }
    return largest + Math.log(sum);
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var rows = new BlockRows(scope, margin, labels.toArray());
    rows.setTargets(t.targets, t.parameters);
    rows.setUpstream(t.logSumExp, dy);
    var dx = gradientOfRows(scope, t, rows);
    var dp = rows.parameterGradients(classes.shards());
    return InputGradients.of(dx, scope.of(Shape.of(dp.length), dp));
  }

  private Tensor gradientOfRows(Scope scope, Saved t, BlockRows rows) {
    var shards = classes.shards();
    var size = t.x.size();
    var buffers = classes.buffers(scope);
    var gradients = new ArrayList<Tensor>();
    var dx = scope.zeros(t.x.shape());
    var sum = new ShardSum();
    sum.begin(shards.first());
    var b = 0;
    for (var shard : t.blocks) {
      var beta = 0;
      for (var block : shard) {
        var dc = rows.gradient(block, t.cosines.get(b++));
        gradients.add(dc);
        var shape = new GemmShape(false, false, t.x.shape().dim(0), classes.d(), block.count());
        var unit = buffers.unitRows(block).y();
        scope.kernels().gemm().gemm(shape, 1, dc.storage(), unit, beta, dx.storage());
        beta = 1;
      }
      if (shards.count() > 1) {
        var values = sum.take(size);
        scope.backend().read(dx.storage(), values, 0, size);
        sum.add(values);
      }
    }
    if (shards.count() > 1) {
      dx.set(sum.total(shards, size));
    }
    buffers.release(scope);
    classes.setPending(
        new ClassShards.Pending(t.x, t.blocks.stream().flatMap(List::stream).toList(), gradients));
    return dx;
  }
}
