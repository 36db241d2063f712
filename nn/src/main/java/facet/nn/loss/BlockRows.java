package facet.nn.loss;

import facet.nn.ranks.Shards;
import facet.tensor.Ints;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.RowKernels.Cosines;

/// The rows of a batch against a block of classes: the parts of [ShardedSoftmax] that look at
/// single cosines. The kernels of the plain softmax do the rest; they want a target in each row and
/// are given the block's first class, whose number is set right afterwards.
final class BlockRows {
  private final Scope scope;
  private final TargetMargin margin;
  private final Margin softmax;
  private final int[] labels;
  private final Ints firsts;
  private final Tensor lse;
  private final Tensor unused;
  private final double[] parameterGradients;
  private double[] targets = {};
  private double[] parameters = {};
  private double[] logSumExp = {};
  private Tensor upstream;
  private double factor; // of the gradient of the loss in that of a cosine
  private double[] row = {};

  BlockRows(Scope scope, TargetMargin margin, int... labels) {
    this.scope = scope;
    this.margin = margin;
    this.labels = labels;
    softmax = new Margin(Margin.Kind.SOFTMAX, 0, margin.scale());
    firsts = scope.ints(new int[labels.length]);
    lse = scope.allocate(labels.length);
    unused = scope.allocate(Shape.scalar());
    upstream = unused;
    parameterGradients = new double[labels.length];
  }

  void setTargets(double[] cosines, double... margins) {
    targets = cosines;
    parameters = margins;
  }

  /// @param all the log of the sum of exponentials of each row, over all classes
  void setUpstream(double[] all, Tensor dy) {
    logSumExp = all;
    lse.set(all);
    upstream = dy;
    factor = dy.item() * margin.scale() / Math.max(labels.length, 1);
  }

  private double get(Tensor matrix, int row, int column) {
    return matrix.view(row * matrix.shape().last() + column, Shape.scalar()).item();
  }

  private void set(Tensor matrix, int row, int column, double value) {
    matrix.view(row * matrix.shape().last() + column, Shape.scalar()).set(value);
  }

  /// Adds the cosine of each row whose class is in the block.
  void addTargets(ClassShard.Block block, Tensor cosines, double... to) {
    for (var i = 0; i < labels.length; i++) {
      var at = block.find(labels[i]);
      if (at >= 0) {
        to[i] += get(cosines, i, at);
      }
    }
  }

  private double psi(int i) {
    return margin.psi(targets[i], parameters[i]);
  }

  /// The log of the sum of exponentials over the block.
  double[] logSumExp(ClassShard.Block block, Tensor cosines) {
    var y = moved(block, cosines);
    var part = new Cosines(y.matrix(), firsts.storage());
    scope.kernels().row().marginSoftmax(part, softmax, lse.storage(), unused.storage());
    releaseCopy(y, cosines);
    return lse.toDoubles();
  }

  /// What the softmax is trained on: the cosines themselves with the targets changed, or a copy if
  /// the margin makes other classes harder, whose cosines are needed once more.
  private Tensor moved(ClassShard.Block block, Tensor cosines) {
    var y = cosines;
    if (margin.hardens()) {
      y = scope.allocate(cosines.shape());
      harden(cosines, y, (c, p, unusedY) -> c * (p + c), false);
    }
    for (var i = 0; i < labels.length; i++) {
      var at = block.find(labels[i]);
      if (at >= 0) {
        set(y, i, at, psi(i));
      }
    }
    return y;
  }

  private void releaseCopy(Tensor y, Tensor cosines) {
    if (y != cosines) {
      scope.release(y);
    }
  }

  /// Of the cosine, the row's parameter and what stands in the result.
  @FunctionalInterface
  private interface Hard {
    double of(double c, double p, double y);
  }

  /// Sets `y` where a cosine is above the row's limit; elsewhere to the cosine, or lets it be.
  private void harden(Tensor cosines, Tensor y, Hard hard, boolean kept) {
    var columns = cosines.shape().last();
    var backend = scope.backend();
    if (row.length < columns) {
      row = new double[columns];
    }
    var out = new double[columns];
    for (var i = 0; i < labels.length; i++) {
      var limit = margin.limit(targets[i]);
      backend.read(cosines.view(i * columns, Shape.of(columns)).storage(), row, 0, columns);
      var to = y.view(i * columns, Shape.of(columns)).storage();
      if (kept) {
        backend.read(to, out, 0, columns);
      }
      for (var j = 0; j < columns; j++) {
        if (row[j] > limit) {
          out[j] = hard.of(row[j], parameters[i], out[j]);
        } else if (!kept) {
          out[j] = row[j];
        }
      }
      backend.write(out, 0, to, columns);
    }
  }

  /// The gradient of a block's cosines, in memory of its own.
  Tensor gradient(ClassShard.Block block, Tensor cosines) {
    var y = moved(block, cosines);
    var dc = scope.allocate(cosines.shape());
    scope
        .kernels()
        .row()
        .marginSoftmaxBackward(
            new Cosines(y.matrix(), firsts.storage()),
            softmax,
            lse.storage(),
            upstream.storage(),
            dc.storage());
    for (var i = 0; i < labels.length; i++) {
      set(dc, i, 0, factor * Math.exp(margin.scale() * get(y, i, 0) - logSumExp[i]));
    }
    if (margin.hardens()) {
      harden(cosines, dc, (c, p, q) -> q * (p + 2 * c), true);
    }
    for (var i = 0; i < labels.length; i++) {
      var at = block.find(labels[i]);
      if (at >= 0) {
        var d = factor * (Math.exp(margin.scale() * psi(i) - logSumExp[i]) - 1);
        set(dc, i, at, d * margin.derivative(targets[i], parameters[i]));
        parameterGradients[i] = d * margin.parameterDerivative(targets[i], parameters[i]);
      }
    }
    releaseCopy(y, cosines);
    scope.release(cosines);
    return dc;
  }

  /// The gradients of the rows' parameters, of which each rank has those of its own classes.
  double[] parameterGradients(Shards shards) {
    if (shards.ranks().size() > 1) {
      shards.ranks().allReduce(parameterGradients);
    }
    return parameterGradients;
  }
}
