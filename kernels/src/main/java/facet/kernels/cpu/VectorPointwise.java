package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.PointwiseKernels;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Elementwise kernels with float vectors. Each reads and writes every element once, so memory sets
/// its speed.
final class VectorPointwise implements PointwiseKernels {
  /// Elements a worker gets at least: about the time of waking it.
  private static final int GRAIN = 16384;

  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;
  private final ColumnSums columnSums;
  private final PointwisePRelu prelu;
  private final PointwiseSigmoid sigmoid;
  private final PointwiseDropout dropout;
  private final PointwiseChannels channels;
  private double[] partial = {};
  private float[] wideParameter = {};

  VectorPointwise(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
    this.columnSums = new ColumnSums(workers);
    this.prelu = new PointwisePRelu(lanes);
    this.sigmoid = new PointwiseSigmoid(lanes);
    this.dropout = new PointwiseDropout(lanes);
    this.channels = new PointwiseChannels(lanes);
  }

  @Override
  public void fill(int n, double value, Storage y) {
    var out = FloatStorage.of(y);
    var to = out.offset();
    workers.forEach(
        n,
        GRAIN,
        (from, end, worker) -> Arrays.fill(out.array(), to + from, to + end, (float) value));
  }

  @Override
  public void copy(int n, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(
        n,
        GRAIN,
        (from, end, worker) ->
            System.arraycopy(
                in.array(), in.offset() + from, out.array(), out.offset() + from, end - from));
  }

  private enum Operation {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE
  }

  @Override
  public void add(int n, Storage a, Storage b, Storage y) {
    binary(Operation.ADD, n, a, b, y);
  }

  @Override
  public void subtract(int n, Storage a, Storage b, Storage y) {
    binary(Operation.SUBTRACT, n, a, b, y);
  }

  @Override
  public void multiply(int n, Storage a, Storage b, Storage y) {
    binary(Operation.MULTIPLY, n, a, b, y);
  }

  @Override
  public void divide(int n, Storage a, Storage b, Storage y) {
    binary(Operation.DIVIDE, n, a, b, y);
  }

  private void binary(Operation operation, int n, Storage a, Storage b, Storage y) {
    var first = FloatStorage.of(a);
    var second = FloatStorage.of(b);
    var out = FloatStorage.of(y);
    workers.forEach(
        n, GRAIN, (from, end, worker) -> binary(operation, first, second, out, from, end));
  }

  private void binary(
      Operation operation, FloatStorage a, FloatStorage b, FloatStorage y, int from, int end) {
    var s = lanes.floats();
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      var u = FloatVector.fromArray(s, a.array(), a.offset() + i);
      var v = FloatVector.fromArray(s, b.array(), b.offset() + i);
      var at = y.offset() + i;
      switch (operation) { // stored in each case: the JIT would box a vector that they return
        case ADD -> u.add(v).intoArray(y.array(), at);
        case SUBTRACT -> u.sub(v).intoArray(y.array(), at);
        case MULTIPLY -> u.mul(v).intoArray(y.array(), at);
        case DIVIDE -> u.div(v).intoArray(y.array(), at);
      }
    }
    for (; i < end; i++) {
      var u = a.array()[a.offset() + i];
      var v = b.array()[b.offset() + i];
      y.array()[y.offset() + i] =
          switch (operation) {
            case ADD -> u + v;
            case SUBTRACT -> u - v;
            case MULTIPLY -> u * v;
            case DIVIDE -> u / v;
          };
    }
  }

  @Override
  public void exp(int n, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(n, GRAIN, (from, end, worker) -> exp(in, out, from, end));
  }

  private void exp(FloatStorage x, FloatStorage y, int from, int end) {
    var s = lanes.floats();
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      VectorMath.exp(FloatVector.fromArray(s, x.array(), x.offset() + i))
          .intoArray(y.array(), y.offset() + i);
    }
    for (; i < end; i++) {
      y.array()[y.offset() + i] = (float) Math.exp(x.array()[x.offset() + i]);
    }
  }

  /// Element by element: no network has one where it costs time.
  @Override
  public void log(int n, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(
        n,
        GRAIN,
        (from, end, worker) -> {
          for (int i = from; i < end; i++) {
            out.array()[out.offset() + i] = (float) Math.log(in.array()[in.offset() + i]);
          }
        });
  }

  @Override
  public void relu(int n, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(n, GRAIN, (from, end, worker) -> relu(in, out, from, end));
  }

  private void relu(FloatStorage x, FloatStorage y, int from, int end) {
    var s = lanes.floats();
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      var v = FloatVector.fromArray(s, x.array(), x.offset() + i);
      v.blend(0f, v.compare(VectorOperators.LT, 0f)).intoArray(y.array(), y.offset() + i);
    }
    for (; i < end; i++) {
      var v = x.array()[x.offset() + i];
      y.array()[y.offset() + i] = v < 0 ? 0 : v;
    }
  }

  @Override
  public void reluBackward(int n, Storage x, Storage dy, Storage dx) {
    var in = FloatStorage.of(x);
    var cotangent = FloatStorage.of(dy);
    var out = FloatStorage.of(dx);
    workers.forEach(n, GRAIN, (from, end, worker) -> reluBackward(in, cotangent, out, from, end));
  }

  private void reluBackward(FloatStorage x, FloatStorage dy, FloatStorage dx, int from, int end) {
    var s = lanes.floats();
    var zero = FloatVector.zero(s);
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      var v = FloatVector.fromArray(s, x.array(), x.offset() + i);
      var g = FloatVector.fromArray(s, dy.array(), dy.offset() + i);
      zero.blend(g, v.compare(VectorOperators.GT, 0f)).intoArray(dx.array(), dx.offset() + i);
    }
    for (; i < end; i++) {
      var g = dy.array()[dy.offset() + i];
      dx.array()[dx.offset() + i] = x.array()[x.offset() + i] > 0 ? g : 0;
    }
  }

  @Override
  public void sigmoid(int n, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(n, GRAIN, (from, end, worker) -> sigmoid.forward(in, out, from, end));
  }

  @Override
  public void sigmoidBackward(int n, Storage y, Storage dy, Storage dx) {
    var in = FloatStorage.of(y);
    var cotangent = FloatStorage.of(dy);
    var out = FloatStorage.of(dx);
    workers.forEach(
        n, GRAIN, (from, end, worker) -> sigmoid.backward(in, cotangent, out, from, end));
  }

  @Override
  public void axpy(int n, double alpha, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(n, GRAIN, (from, end, worker) -> axpy((float) alpha, in, out, from, end));
  }

  private void axpy(float alpha, FloatStorage x, FloatStorage y, int from, int end) {
    var s = lanes.floats();
    var factor = FloatVector.broadcast(s, alpha);
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      FloatVector.fromArray(s, x.array(), x.offset() + i)
          .fma(factor, FloatVector.fromArray(s, y.array(), y.offset() + i))
          .intoArray(y.array(), y.offset() + i);
    }
    for (; i < end; i++) {
      y.array()[y.offset() + i] =
          Math.fma(x.array()[x.offset() + i], alpha, y.array()[y.offset() + i]);
    }
  }

  @Override
  public void scale(int n, double alpha, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(n, GRAIN, (from, end, worker) -> scale((float) alpha, in, out, from, end));
  }

  private void scale(float alpha, FloatStorage x, FloatStorage y, int from, int end) {
    var s = lanes.floats();
    int i = from;
    for (; i <= end - s.length(); i += s.length()) {
      FloatVector.fromArray(s, x.array(), x.offset() + i)
          .mul(alpha)
          .intoArray(y.array(), y.offset() + i);
    }
    for (; i < end; i++) {
      y.array()[y.offset() + i] = alpha * x.array()[x.offset() + i];
    }
  }

  @Override
  public void scaleBy(int n, double alpha, Storage s, Storage x, Storage y) {
    scale(n, alpha * first(s), x, y);
  }

  @Override
  public void broadcast(int n, double alpha, Storage s, Storage y) {
    fill(n, alpha * first(s), y);
  }

  private static double first(Storage s) {
    var scalar = FloatStorage.of(s);
    return scalar.array()[scalar.offset()];
  }

  @Override
  public void sum(int n, double alpha, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var chunks = (int) (((long) n + GRAIN - 1) / GRAIN);
    if (partial.length < chunks) {
      partial = new double[chunks];
    }
    workers.forEach(
        chunks,
        (from, to, worker) -> {
          for (int k = from; k < to; k++) {
            var length = Math.min(GRAIN, n - k * GRAIN);
            partial[k] = sums.sum(in.array(), in.offset() + k * GRAIN, length, worker);
          }
        });
    var total = 0.0;
    for (int k = 0; k < chunks; k++) {
      total += partial[k];
    }
    var out = FloatStorage.of(y);
    out.array()[out.offset()] = (float) (alpha * total);
  }

  @Override
  public void addBias(Matrix x, Storage bias, Storage y) {
    var in = FloatStorage.of(x.values());
    var out = FloatStorage.of(y);
    var wide = WideRows.of(x.rows(), x.columns(), lanes.count());
    var b = wideParameter(wide, bias);
    wide.forEach(
        workers, (offset, count, width) -> channels.addBias(in, b, out, offset, count, width));
  }

  @Override
  public void scaleChannels(int images, Matrix x, Storage s, Storage y) {
    var in = FloatStorage.of(x.values());
    var factors = FloatStorage.of(s);
    var out = FloatStorage.of(y);
    var columns = x.columns();
    workers.forEach(
        x.rows(),
        1 + GRAIN / columns,
        (from, to, worker) -> {
          var pixels = x.rows() / images;
          for (int r = from; r < to; r++) {
            channels.scaleRow(in, r * columns, factors, r / pixels * columns, out, columns);
          }
        });
  }

  @Override
  public void scaleChannelsBackward(int images, Matrix x, Storage dy, Storage ds) {
    var in = FloatStorage.of(x.values());
    var cotangent = FloatStorage.of(dy);
    var out = FloatStorage.of(ds);
    var columns = x.columns();
    workers.forEach(
        images,
        (from, to, worker) -> {
          var pixels = x.rows() / images;
          for (int i = from; i < to; i++) {
            channels.sumImage(
                in, cotangent, i * pixels * columns, pixels, columns, out, i * columns);
          }
        });
  }

  @Override
  public void columnSum(Matrix x, Storage y) {
    var in = FloatStorage.of(x.values());
    var wide = WideRows.of(x.rows(), x.columns(), lanes.count());
    var total =
        columnSums.of(
            wide,
            1,
            (offset, count, width, acc, at) -> channels.sumRows(in, offset, count, width, acc, at));
    store(total, x.columns(), y);
  }

  @Override
  public void prelu(Matrix x, Storage slope, Storage y) {
    var in = FloatStorage.of(x.values());
    var out = FloatStorage.of(y);
    var wide = WideRows.of(x.rows(), x.columns(), lanes.count());
    var a = wideParameter(wide, slope);
    wide.forEach(
        workers, (offset, count, width) -> prelu.forward(in, a, out, offset, count, width));
  }

  @Override
  public void preluBackward(Matrix x, Storage slope, Storage dy, PReluGradient gradient) {
    var in = FloatStorage.of(x.values());
    var cotangent = FloatStorage.of(dy);
    var out = FloatStorage.of(gradient.dx());
    var wide = WideRows.of(x.rows(), x.columns(), lanes.count());
    var a = wideParameter(wide, slope);
    var total =
        columnSums.of(
            wide,
            1,
            (offset, count, width, acc, at) ->
                prelu.backward(in, a, cotangent, out, offset, count, width, acc, at));
    store(total, x.columns(), gradient.dslope());
  }

  @Override
  public void dropout(int n, double rate, long seed, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(n, GRAIN, (from, end, worker) -> dropout.apply(rate, seed, in, out, from, end));
  }

  private float[] wideParameter(WideRows wide, Storage parameter) {
    if (wideParameter.length < wide.width()) {
      wideParameter = new float[wide.width()];
    }
    var p = FloatStorage.of(parameter);
    wide.repeat(p.array(), p.offset(), wideParameter, 0);
    return wideParameter;
  }

  private static void store(double[] values, int n, Storage y) {
    var out = FloatStorage.of(y);
    for (int i = 0; i < n; i++) {
      out.array()[out.offset() + i] = (float) values[i];
    }
  }
}
