package facet.kernels.cpu;

import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.RowKernels;
import jdk.incubator.vector.FloatVector;

/// Kernels over the rows of a matrix, the rows in parallel. The larger ones are in
/// [MarginSoftmax], [AdaptiveMargins] and [HardestNegative].
final class VectorRow implements RowKernels {
  /// Elements a worker gets at least: about the time of waking it.
  private static final int GRAIN = 8192;

  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;
  private final MarginSoftmax marginSoftmax;
  private final AdaptiveMargins adaptiveMargins;
  private final HardestNegative hardestNegative;

  VectorRow(Workers workers, Lanes lanes, GemmKernels gemm) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
    this.marginSoftmax = new MarginSoftmax(workers, lanes);
    this.adaptiveMargins = new AdaptiveMargins(workers, lanes);
    this.hardestNegative = new HardestNegative(workers, lanes, gemm);
  }

  @Override
  public void normalize(int rows, int columns, double eps, Storage x, Storage y, Storage norm) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    var norms = FloatStorage.of(norm);
    workers.forEach(
        rows,
        grain(columns),
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var xo = in.offset() + r * columns;
            var squares = sums.squares(in.array(), xo, columns, worker);
            var length = (float) Math.max(Math.sqrt(squares), eps);
            norms.array()[norms.offset() + r] = length;
            divide(in.array(), xo, length, out.array(), out.offset() + r * columns, columns);
          }
        });
  }

  private void divide(float[] x, int xo, float divisor, float[] y, int yo, int n) {
    var s = lanes.floats();
    int j = 0;
    for (; j <= n - s.length(); j += s.length()) {
      FloatVector.fromArray(s, x, xo + j).div(divisor).intoArray(y, yo + j);
    }
    for (; j < n; j++) {
      y[yo + j] = x[xo + j] / divisor;
    }
  }

  @Override
  public void normalizeBackward(
      int rows, int columns, double eps, Storage y, Storage norm, Storage dy, Storage dx) {
    var unit = FloatStorage.of(y);
    var norms = FloatStorage.of(norm);
    var cotangent = FloatStorage.of(dy);
    var out = FloatStorage.of(dx);
    workers.forEach(
        rows,
        grain(columns),
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var length = norms.array()[norms.offset() + r];
            var yo = unit.offset() + r * columns;
            var dyo = cotangent.offset() + r * columns;
            var dot =
                length == (float) eps
                    ? 0
                    : sums.dot(unit.array(), yo, cotangent.array(), dyo, columns, worker);
            tangent(unit.array(), yo, cotangent.array(), dyo, (float) dot, length, out, r, columns);
          }
        });
  }

  /// Row `r` of `dx = (dy - dot * y) / norm`.
  private void tangent(
      float[] y,
      int yo,
      float[] dy,
      int dyo,
      float dot,
      float norm,
      FloatStorage dx,
      int r,
      int columns) {
    var s = lanes.floats();
    var dxo = dx.offset() + r * columns;
    var minusDot = FloatVector.broadcast(s, -dot);
    int j = 0;
    for (; j <= columns - s.length(); j += s.length()) {
      FloatVector.fromArray(s, y, yo + j)
          .fma(minusDot, FloatVector.fromArray(s, dy, dyo + j))
          .div(norm)
          .intoArray(dx.array(), dxo + j);
    }
    for (; j < columns; j++) {
      dx.array()[dxo + j] = Math.fma(y[yo + j], -dot, dy[dyo + j]) / norm;
    }
  }

  @Override
  public void dot(int rows, int columns, Storage a, Storage b, Storage y) {
    var first = FloatStorage.of(a);
    var second = FloatStorage.of(b);
    var out = FloatStorage.of(y);
    workers.forEach(
        rows,
        grain(columns),
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var ao = first.offset() + r * columns;
            var bo = second.offset() + r * columns;
            out.array()[out.offset() + r] =
                (float) sums.dot(first.array(), ao, second.array(), bo, columns, worker);
          }
        });
  }

  @Override
  public void dotBackward(int rows, int columns, Storage dy, Storage other, Storage dx) {
    var cotangent = FloatStorage.of(dy);
    var in = FloatStorage.of(other);
    var out = FloatStorage.of(dx);
    workers.forEach(
        rows,
        grain(columns),
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var factor = cotangent.array()[cotangent.offset() + r];
            scale(factor, in, in.offset() + r * columns, out, out.offset() + r * columns, columns);
          }
        });
  }

  private void scale(float factor, FloatStorage x, int xo, FloatStorage y, int yo, int n) {
    var s = lanes.floats();
    int j = 0;
    for (; j <= n - s.length(); j += s.length()) {
      FloatVector.fromArray(s, x.array(), xo + j).mul(factor).intoArray(y.array(), yo + j);
    }
    for (; j < n; j++) {
      y.array()[yo + j] = factor * x.array()[xo + j];
    }
  }

  @Override
  public void hardestNegative(
      int rows, int columns, Storage x, Storage labels, Storage value, Storage argmax) {
    hardestNegative.forward(
        rows,
        columns,
        FloatStorage.of(x),
        IntArray.of(labels),
        FloatStorage.of(value),
        IntArray.of(argmax));
  }

  @Override
  public void hardestNegativeBackward(
      int rows, int columns, Storage x, Storage argmax, Storage dvalue, Storage dx) {
    hardestNegative.backward(
        rows,
        columns,
        FloatStorage.of(x),
        IntArray.of(argmax),
        FloatStorage.of(dvalue),
        FloatStorage.of(dx));
  }

  @Override
  public void marginSoftmax(
      int rows, int classes, Margin margin, Storage c, Storage labels, Storage lse, Storage loss) {
    marginSoftmax.forward(
        rows,
        classes,
        margin,
        FloatStorage.of(c),
        IntArray.of(labels),
        FloatStorage.of(lse),
        FloatStorage.of(loss));
  }

  @Override
  public void marginSoftmaxBackward(
      int rows,
      int classes,
      Margin margin,
      Storage c,
      Storage labels,
      Storage lse,
      Storage dloss,
      Storage dc) {
    marginSoftmax.backward(
        rows,
        classes,
        margin,
        FloatStorage.of(c),
        IntArray.of(labels),
        FloatStorage.of(lse),
        FloatStorage.of(dloss),
        FloatStorage.of(dc));
  }

  @Override
  public void adaptiveMargin(
      int rows,
      int classes,
      AdaptiveMargin margin,
      Storage c,
      Storage labels,
      Storage p,
      Storage y) {
    adaptiveMargins.forward(
        rows,
        classes,
        margin,
        FloatStorage.of(c),
        IntArray.of(labels),
        FloatStorage.of(p),
        FloatStorage.of(y));
  }

  @Override
  public void adaptiveMarginBackward(
      int rows,
      int classes,
      AdaptiveMargin margin,
      Storage c,
      Storage labels,
      Storage p,
      Storage dy,
      Storage dc,
      Storage dp) {
    adaptiveMargins.backward(
        rows,
        classes,
        margin,
        FloatStorage.of(c),
        IntArray.of(labels),
        FloatStorage.of(p),
        FloatStorage.of(dy),
        FloatStorage.of(dc),
        FloatStorage.of(dp));
  }

  private static int grain(int columns) {
    return GRAIN / Math.max(columns, 1) + 1;
  }
}
