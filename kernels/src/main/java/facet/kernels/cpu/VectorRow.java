package facet.kernels.cpu;

import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.RowKernels;
import jdk.incubator.vector.FloatVector;

/// Kernels over the rows of a matrix, the rows in parallel. The larger ones are in
/// [RowMarginSoftmax], [RowAdaptiveMargin] and [RowHardestNegative].
final class VectorRow implements RowKernels {
  /// Elements a worker gets at least: about the time of waking it.
  private static final int GRAIN = 8192;

  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;
  private final RowMarginSoftmax marginSoftmax;
  private final RowAdaptiveMargin adaptiveMargins;
  private final RowHardestNegative hardestNegative;

  VectorRow(Workers workers, Lanes lanes, GemmKernels gemm) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
    this.marginSoftmax = new RowMarginSoftmax(workers, lanes);
    this.adaptiveMargins = new RowAdaptiveMargin(workers, lanes);
    this.hardestNegative = new RowHardestNegative(workers, lanes, gemm);
  }

  @Override
  public void normalize(Matrix x, double eps, UnitRows unit) {
    var columns = x.columns();
    var in = FloatStorage.of(x.values());
    var out = FloatStorage.of(unit.y());
    var norms = FloatStorage.of(unit.norm());
    workers.forEach(
        x.rows(),
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
  public void normalizeBackward(UnitRows rows, double eps, Matrix dy, Storage dx) {
    var columns = dy.columns();
    var unit = FloatStorage.of(rows.y());
    var norms = FloatStorage.of(rows.norm());
    var cotangent = FloatStorage.of(dy.values());
    var out = FloatStorage.of(dx);
    workers.forEach(
        dy.rows(),
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
  public void dot(Matrix a, Matrix b, Storage y) {
    var columns = a.columns();
    var first = FloatStorage.of(a.values());
    var second = FloatStorage.of(b.values());
    var out = FloatStorage.of(y);
    workers.forEach(
        a.rows(),
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
  public void dotBackward(Storage dy, Matrix other, Storage dx) {
    var columns = other.columns();
    var cotangent = FloatStorage.of(dy);
    var in = FloatStorage.of(other.values());
    var out = FloatStorage.of(dx);
    workers.forEach(
        other.rows(),
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
  public void hardestNegative(Matrix x, Storage labels, Hardest out) {
    hardestNegative.forward(
        x.rows(),
        x.columns(),
        FloatStorage.of(x.values()),
        IntArray.of(labels),
        FloatStorage.of(out.value()),
        IntArray.of(out.argmax()));
  }

  @Override
  public void hardestNegativeBackward(Matrix x, Storage argmax, Storage dvalue, Storage dx) {
    hardestNegative.backward(
        x.rows(),
        x.columns(),
        FloatStorage.of(x.values()),
        IntArray.of(argmax),
        FloatStorage.of(dvalue),
        FloatStorage.of(dx));
  }

  @Override
  public void marginSoftmax(Cosines c, Margin margin, Storage lse, Storage loss) {
    marginSoftmax.forward(
        c.rows(),
        c.classes(),
        margin,
        FloatStorage.of(c.c().values()),
        IntArray.of(c.labels()),
        FloatStorage.of(lse),
        FloatStorage.of(loss));
  }

  @Override
  public void marginSoftmaxBackward(
      Cosines c, Margin margin, Storage lse, Storage dloss, Storage dc) {
    marginSoftmax.backward(
        c.rows(),
        c.classes(),
        margin,
        FloatStorage.of(c.c().values()),
        IntArray.of(c.labels()),
        FloatStorage.of(lse),
        FloatStorage.of(dloss),
        FloatStorage.of(dc));
  }

  @Override
  public void adaptiveMargin(Cosines c, AdaptiveMargin margin, Storage p, Storage y) {
    adaptiveMargins.forward(
        c.rows(),
        c.classes(),
        margin,
        FloatStorage.of(c.c().values()),
        IntArray.of(c.labels()),
        FloatStorage.of(p),
        FloatStorage.of(y));
  }

  @Override
  public void adaptiveMarginBackward(
      Cosines c, AdaptiveMargin margin, Storage p, Storage dy, AdaptiveGradient out) {
    adaptiveMargins.backward(
        c.rows(),
        c.classes(),
        margin,
        FloatStorage.of(c.c().values()),
        IntArray.of(c.labels()),
        FloatStorage.of(p),
        FloatStorage.of(dy),
        FloatStorage.of(out.dc()),
        FloatStorage.of(out.dp()));
  }

  private static int grain(int columns) {
    return GRAIN / Math.max(columns, 1) + 1;
  }
}
