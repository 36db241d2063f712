package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// Sums over contiguous floats: vectors over blocks of 1024 elements, double beyond them. The order
/// of the additions is fixed; that of `reduceLanes` is not, it differs between interpreter and JIT.
final class VectorSums {
  private static final int BLOCK = 1024;

  private final Lanes lanes;
  private final float[] scratch;

  VectorSums(Lanes lanes, Workers workers) {
    this.lanes = lanes;
    this.scratch = new float[workers.count() * 2 * FloatStorage.LINE];
  }

  /// `sum of x`, computed on worker `worker`.
  double sum(float[] x, int xo, int n, int worker) {
    var total = 0.0;
    for (int i = 0; i < n; i += BLOCK) {
      total += sumBlock(x, xo + i, Math.min(BLOCK, n - i), worker);
    }
    return total;
  }

  /// `sum of a * b`.
  double dot(float[] a, int ao, float[] b, int bo, int n, int worker) {
    var total = 0.0;
    for (int i = 0; i < n; i += BLOCK) {
      total += dotBlock(a, ao + i, b, bo + i, Math.min(BLOCK, n - i), worker);
    }
    return total;
  }

  /// `sum of x^2`, also where the squares do not fit a float.
  double squares(float[] x, int xo, int n, int worker) {
    var total = dot(x, xo, x, xo, n, worker);
    if (total >= 1e-25 && total <= 1e35) {
      return total;
    }
    total = 0;
    for (int i = xo; i < xo + n; i++) {
      total += (double) x[i] * x[i];
    }
    return total;
  }

  private double sumBlock(float[] x, int xo, int n, int worker) {
    var s = lanes.floats();
    var step = s.length();
    var sum0 = FloatVector.zero(s);
    var sum1 = sum0;
    int i = 0;
    for (; i <= n - 2 * step; i += 2 * step) {
      sum0 = sum0.add(FloatVector.fromArray(s, x, xo + i));
      sum1 = sum1.add(FloatVector.fromArray(s, x, xo + i + step));
    }
    var total = lanes(sum0.add(sum1), worker);
    for (; i < n; i++) {
      total += x[xo + i];
    }
    return total;
  }

  private double dotBlock(float[] a, int ao, float[] b, int bo, int n, int worker) {
    var s = lanes.floats();
    var step = s.length();
    var sum0 = FloatVector.zero(s);
    var sum1 = sum0;
    int i = 0;
    for (; i <= n - 2 * step; i += 2 * step) {
      var b0 = FloatVector.fromArray(s, b, bo + i);
      var b1 = FloatVector.fromArray(s, b, bo + i + step);
      sum0 = FloatVector.fromArray(s, a, ao + i).fma(b0, sum0);
      sum1 = FloatVector.fromArray(s, a, ao + i + step).fma(b1, sum1);
    }
    var total = lanes(sum0.add(sum1), worker);
    for (; i < n; i++) {
      total += (double) a[ao + i] * b[bo + i];
    }
    return total;
  }

  /// The sum of a vector's lanes.
  double lanes(FloatVector v, int worker) {
    var at = worker * 2 * FloatStorage.LINE;
    v.intoArray(scratch, at);
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    for (int i = at; i < at + v.length(); i += 4) {
      sum0 += scratch[i];
      sum1 += scratch[i + 1];
      sum2 += scratch[i + 2];
      sum3 += scratch[i + 3];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }
}
