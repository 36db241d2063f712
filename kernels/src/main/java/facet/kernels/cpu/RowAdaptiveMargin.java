package facet.kernels.cpu;

import facet.tensor.IntArray;
import facet.tensor.kernel.AdaptiveMargin;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Margins that depend on more than the target's cosine, the rows in parallel: the target by itself
/// in float64, the other classes with vectors.
final class RowAdaptiveMargin {
  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;

  RowAdaptiveMargin(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
  }

  void forward(
      int rows,
      int classes,
      AdaptiveMargin margin,
      FloatStorage c,
      IntArray labels,
      FloatStorage p,
      FloatStorage y) {
    workers.forEach(
        rows,
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var target = r * classes + labels.get(r);
            var cosine = c.array()[c.offset() + target];
            var parameter = p.array()[p.offset() + r];
            var limit = (float) margin.limit(cosine);
            others(c, y, r * classes, classes, parameter, limit);
            y.array()[y.offset() + target] = (float) margin.psi(cosine, parameter);
          }
        });
  }

  /// `y = c (p + c)` where `c > limit`, else `c`.
  private void others(FloatStorage c, FloatStorage y, int row, int n, float p, float limit) {
    var s = lanes.floats();
    int from = c.offset() + row;
    int to = y.offset() + row;
    int j = 0;
    for (; j <= n - s.length(); j += s.length()) {
      var x = FloatVector.fromArray(s, c.array(), from + j);
      x.blend(x.mul(x.add(p)), x.compare(VectorOperators.GT, limit)).intoArray(y.array(), to + j);
    }
    for (; j < n; j++) {
      var x = c.array()[from + j];
      y.array()[to + j] = x > limit ? x * (x + p) : x;
    }
  }

  void backward(
      int rows,
      int classes,
      AdaptiveMargin margin,
      FloatStorage c,
      IntArray labels,
      FloatStorage p,
      FloatStorage dy,
      FloatStorage dc,
      FloatStorage dp) {
    workers.forEach(
        rows,
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var target = r * classes + labels.get(r);
            double cosine = c.array()[c.offset() + target];
            double upstream = dy.array()[dy.offset() + target];
            var parameter = p.array()[p.offset() + r];
            var limit = (float) margin.limit(cosine);
            var sum = othersBackward(c, dy, dc, r * classes, classes, parameter, limit, worker);
            if (cosine > limit) {
              sum -= upstream * cosine; // the target is not one of the others
            }
            dc.array()[dc.offset() + target] =
                (float) (upstream * margin.derivative(cosine, parameter));
            dp.array()[dp.offset() + r] =
                (float) (sum + upstream * margin.parameterDerivative(cosine, parameter));
          }
        });
  }

  /// `dc = dy (p + 2c)` where `c > limit`, else `dy`; returns the sum of `dy c` there.
  private double othersBackward(
      FloatStorage c,
      FloatStorage dy,
      FloatStorage dc,
      int row,
      int n,
      float p,
      float limit,
      int worker) {
    var s = lanes.floats();
    int from = c.offset() + row;
    int by = dy.offset() + row;
    int to = dc.offset() + row;
    var sum = FloatVector.zero(s);
    int j = 0;
    for (; j <= n - s.length(); j += s.length()) {
      var x = FloatVector.fromArray(s, c.array(), from + j);
      var d = FloatVector.fromArray(s, dy.array(), by + j);
      var hard = x.compare(VectorOperators.GT, limit);
      d.blend(d.mul(x.add(x).add(p)), hard).intoArray(dc.array(), to + j);
      sum = sum.add(d.mul(x), hard);
    }
    var total = sums.lanes(sum, worker);
    for (; j < n; j++) {
      var x = c.array()[from + j];
      var d = dy.array()[by + j];
      dc.array()[to + j] = x > limit ? d * (x + x + p) : d;
      total += x > limit ? (double) d * x : 0;
    }
    return total;
  }
}
