package facet.kernels.cpu;

import facet.tensor.IntArray;
import facet.tensor.kernel.Margin;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Softmax cross-entropy with a margin, the rows in parallel. Forward reads the cosines from memory
/// once: block by block it takes the maximum, then, from cache, the sum of exponentials, scaling
/// down the sum so far when the maximum has risen (the online softmax of Milakov and Gimelshein
/// 2018).
final class RowMarginSoftmax {
  /// Classes whose cosines stay in the first-level cache between the two loops.
  private static final int BLOCK = 1024;

  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;
  private double[] losses = {};

  RowMarginSoftmax(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
  }

  void forward(
      int rows,
      int classes,
      Margin margin,
      FloatStorage c,
      IntArray labels,
      FloatStorage lse,
      FloatStorage loss) {
    if (losses.length < rows) {
      losses = new double[rows];
    }
    workers.forEach(
        rows,
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var row = c.offset() + r * classes;
            var label = labels.get(r);
            var target = margin.scale() * margin.psi(c.array()[row + label]);
            var logSum =
                logSumExp(c.array(), row, label, classes, (float) margin.scale(), target, worker);
            lse.array()[lse.offset() + r] = (float) logSum;
            losses[r] = logSum - target;
          }
        });
    var total = 0.0;
    for (int r = 0; r < rows; r++) {
      total += losses[r];
    }
    loss.array()[loss.offset()] = rows == 0 ? 0 : (float) (total / rows);
  }

  /// `log(exp(target) + sum over j != label of exp(scale * c[row + j]))`.
  private double logSumExp(
      float[] c, int row, int label, int classes, float scale, double target, int worker) {
    // The target does not take part in the blocks, which lie before and after it.
    var max = (float) target;
    var sum = Math.exp(target - max);
    var begin = row;
    var end = row + label;
    for (int part = 0; part < 2; part++) {
      for (int i = begin; i < end; i += BLOCK) {
        var n = Math.min(BLOCK, end - i);
        var blockMax = max(c, i, n, scale);
        if (blockMax > max) {
          sum *= Math.exp(max - blockMax);
          max = blockMax;
        }
        sum += sumExp(c, i, n, scale, max, worker);
      }
      begin = row + label + 1;
      end = row + classes;
    }
    return max + Math.log(sum);
  }

  /// The largest `scale * c`.
  private float max(float[] c, int from, int n, float scale) {
    var s = lanes.floats();
    var max = FloatVector.broadcast(s, Float.NEGATIVE_INFINITY);
    int j = 0;
    for (; j <= n - s.length(); j += s.length()) {
      max = max.max(FloatVector.fromArray(s, c, from + j).mul(scale));
    }
    var largest = max.reduceLanes(VectorOperators.MAX);
    for (; j < n; j++) {
      largest = Math.max(largest, c[from + j] * scale);
    }
    return largest;
  }

  /// The sum of `exp(scale * c - max)`; the fused multiply-add keeps the difference exact.
  private double sumExp(float[] c, int from, int n, float scale, float max, int worker) {
    var s = lanes.floats();
    var scales = FloatVector.broadcast(s, scale);
    var minusMax = FloatVector.broadcast(s, -max);
    var sum = FloatVector.zero(s);
    int j = 0;
    for (; j <= n - s.length(); j += s.length()) {
      sum = sum.add(VectorMath.exp(FloatVector.fromArray(s, c, from + j).fma(scales, minusMax)));
    }
    var total = sums.lanes(sum, worker);
    for (; j < n; j++) {
      total += Math.exp(Math.fma(c[from + j], scale, -max));
    }
    return total;
  }

  void backward(
      int rows,
      int classes,
      Margin margin,
      FloatStorage c,
      IntArray labels,
      FloatStorage lse,
      FloatStorage dloss,
      FloatStorage dc) {
    var factor = rows == 0 ? 0 : dloss.array()[dloss.offset()] * margin.scale() / rows;
    workers.forEach(
        rows,
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var logSum = lse.array()[lse.offset() + r];
            probabilities(c, r, classes, (float) margin.scale(), logSum, (float) factor, dc);
            var label = labels.get(r);
            var cosine = c.array()[c.offset() + r * classes + label];
            var p1 = Math.expm1(margin.scale() * margin.psi(cosine) - logSum);
            dc.array()[dc.offset() + r * classes + label] =
                (float) (factor * p1 * margin.derivative(cosine));
          }
        });
  }

  /// `dc = factor * exp(scale * c - lse)` for row `r`.
  private void probabilities(
      FloatStorage c, int r, int classes, float scale, float lse, float factor, FloatStorage dc) {
    var s = lanes.floats();
    var from = c.offset() + r * classes;
    var to = dc.offset() + r * classes;
    var scales = FloatVector.broadcast(s, scale);
    var minusLse = FloatVector.broadcast(s, -lse);
    int j = 0;
    for (; j <= classes - s.length(); j += s.length()) {
      VectorMath.exp(FloatVector.fromArray(s, c.array(), from + j).fma(scales, minusLse))
          .mul(factor)
          .intoArray(dc.array(), to + j);
    }
    for (; j < classes; j++) {
      dc.array()[to + j] = factor * (float) Math.exp(Math.fma(c.array()[from + j], scale, -lse));
    }
  }
}
