package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.ints;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;

import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.GemmShape;
import facet.tensor.kernel.GroupedConvShape;
import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels.Branches;
import facet.tensor.kernel.HistogramKernels.Comparison;
import facet.tensor.kernel.HistogramKernels.Density;
import facet.tensor.kernel.HistogramKernels.Samples;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.NormKernels.Epilogue;
import facet.tensor.kernel.NormKernels.EpilogueGradient;
import facet.tensor.kernel.NormKernels.Running;
import facet.tensor.kernel.NormKernels.Statistics;
import facet.tensor.kernel.PointwiseKernels.PReluGradient;
import facet.tensor.kernel.Pool2dShape;
import facet.tensor.kernel.RowKernels.Cosines;
import facet.tensor.kernel.RowKernels.Hardest;
import facet.tensor.kernel.RowKernels.UnitRows;
import facet.tensor.kernel.UpdateKernels.AdamStep;
import facet.tensor.kernel.UpdateKernels.Clip;
import facet.tensor.kernel.UpdateKernels.Slot;
import facet.tensor.kernel.UpdateKernels.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One call of every kernel but gemm and convolution, most with inputs large enough to be cut up.
final class SteadyStateCases {
  private static final int ROWS = 1030;
  private static final int COLUMNS = 35;
  private static final int SIZE = ROWS * COLUMNS;

  /// A kernel call that can be repeated: it does not change its inputs.
  record Case(String name, Runnable call, FloatStorage... outputs) {
    /// The bits of all outputs, in a number.
    int bits() {
      var bits = 0;
      for (var output : outputs) {
        bits = 31 * bits + Arrays.hashCode(Setup.values(output));
      }
      return bits;
    }
  }

  private final CpuBackend backend;
  private final List<Case> cases = new ArrayList<>();
  private final FloatStorage x = of(normal(SIZE, 1));
  private final FloatStorage dy = of(normal(SIZE, 2));
  private final FloatStorage y = output(SIZE);
  private final FloatStorage p = of(normal(COLUMNS, 3));
  private final FloatStorage q = of(normal(COLUMNS, 4));
  private final FloatStorage slope = of(normal(COLUMNS, 5));
  private final FloatStorage column = output(COLUMNS);
  private final FloatStorage column2 = output(COLUMNS);
  private final FloatStorage column3 = output(COLUMNS);
  private final FloatStorage row = output(ROWS);
  private final FloatStorage scalar = of(0.7f);
  private final FloatStorage out = output(1);

  private final Matrix m = matrix(x);

  private static Matrix matrix(FloatStorage values) {
    return new Matrix(ROWS, COLUMNS, values);
  }

  private SteadyStateCases(CpuBackend backend) {
    this.backend = backend;
  }

  /// Kernels of a pass or two.
  static List<Case> passes(CpuBackend backend) {
    var all = new SteadyStateCases(backend);
    all.pointwise();
    all.norm();
    all.pooling();
    all.rows();
    all.histogram();
    all.update();
    return all.cases;
  }

  /// Matrix products, what consists of them, and convolutions, of which a call is several passes.
  static List<Case> products(CpuBackend backend) {
    var all = new SteadyStateCases(backend);
    all.gemm();
    all.conv();
    all.groupedConv();
    all.hardestNegative();
    return all.cases;
  }

  /// Kernels whose results do not depend on the number of threads.
  static List<Case> independent(CpuBackend backend) {
    var all = new SteadyStateCases(backend);
    all.hardestNegative();
    all.cases.addAll(passes(backend));
    return all.cases;
  }

  private void add(String name, Runnable call, FloatStorage... outputs) {
    cases.add(new Case(name, call, outputs));
  }

  private void pointwise() {
    var k = backend.kernels().pointwise();
    add("fill", () -> k.fill(SIZE, 2, y), y);
    add("copy", () -> k.copy(SIZE, x, y), y);
    add("add", () -> k.add(SIZE, x, dy, y), y);
    add("subtract", () -> k.subtract(SIZE, x, dy, y), y);
    add("multiply", () -> k.multiply(SIZE, x, dy, y), y);
    add("divide", () -> k.divide(SIZE, x, dy, y), y);
    add("exp", () -> k.exp(SIZE, x, y), y);
    add("log", () -> k.log(SIZE, x, y), y);
    add("relu", () -> k.relu(SIZE, x, y), y);
    add("reluBackward", () -> k.reluBackward(SIZE, x, dy, y), y);
    add("sigmoid", () -> k.sigmoid(SIZE, x, y), y);
    add("sigmoidBackward", () -> k.sigmoidBackward(SIZE, x, dy, y), y);
    add("scale", () -> k.scale(SIZE, 0.3, x, y), y);
    add("scaleBy", () -> k.scaleBy(SIZE, 0.3, scalar, x, y), y);
    add("broadcast", () -> k.broadcast(SIZE, 0.3, scalar, y), y);
    add("sum", () -> k.sum(SIZE, 0.3, x, out), out);
    add("addBias", () -> k.addBias(m, p, y), y);
    add("scaleChannels", () -> k.scaleChannels(10, m, x.slice(0, 10 * COLUMNS), y), y);
    var factors = output(10 * COLUMNS);
    add("scaleChannelsBackward", () -> k.scaleChannelsBackward(10, m, dy, factors), factors);
    add("columnSum", () -> k.columnSum(m, column), column);
    add("prelu", () -> k.prelu(m, p, y), y);
    add("preluBackward", () -> k.preluBackward(m, p, dy, new PReluGradient(y, column)), y, column);
    add("dropout", () -> k.dropout(SIZE, 0.4, 5, x, y), y);
  }

  private void norm() {
    var k = backend.kernels().norm();
    var running = new Running(of(new float[COLUMNS]), of(new float[COLUMNS]), 1e-5);
    var layer = new Epilogue(p, q);
    var batch = new Statistics(column, column2);
    var given = new Statistics(q, slope);
    var variance = of(new float[COLUMNS]);
    add(
        "normTraining",
        () -> k.forwardTraining(m, layer.thenPRelu(slope), running, 1, batch, y),
        y,
        column,
        column2);
    add("normResidual", () -> k.forwardTraining(m, layer.thenAdd(dy), running, 1, batch, y), y);
    add("normInference", () -> k.forwardInference(m, layer, new Running(q, variance, 1e-5), y), y);
    add(
        "normBackward",
        () -> k.backward(m, layer, given, true, dy, y, new EpilogueGradient(column, column2, null)),
        y,
        column,
        column2);
    add(
        "normBackwardPrelu",
        () ->
            k.backward(
                m,
                layer.thenPRelu(slope),
                given,
                true,
                dy,
                y,
                new EpilogueGradient(column, column2, column3)),
        y,
        column,
        column2,
        column3);
  }

  private void pooling() {
    var k = backend.kernels().pooling();
    var shape = new Pool2dShape(5, 14, 14, COLUMNS, 2, 2, 2, 0);
    var argmax = ints(new int[5 * 7 * 7 * COLUMNS]);
    var pooled = output(5 * 7 * 7 * COLUMNS);
    add("maxForward", () -> k.maxForward(shape, x, pooled, argmax), pooled);
    add("maxBackward", () -> k.maxBackward(shape, dy, argmax, y), y);
    add("averageForward", () -> k.averageForward(shape, x, pooled), pooled);
    add("averageBackward", () -> k.averageBackward(shape, dy, y), y);
  }

  private void rows() {
    var k = backend.kernels().row();
    var classes = ints(labels());
    var norms = output(ROWS);
    var unit = output(SIZE);
    k.normalize(m, 1e-6, new UnitRows(unit, norms));
    add("normalize", () -> k.normalize(m, 1e-6, new UnitRows(y, row)), y, row);
    add(
        "normalizeBackward",
        () -> k.normalizeBackward(new UnitRows(unit, norms), 1e-6, matrix(dy), y),
        y);
    add("dot", () -> k.dot(m, matrix(dy), row), row);
    add("dotBackward", () -> k.dotBackward(norms, m, y), y);
    var argmax = ints(labels());
    add("hardestNegativeBackward", () -> k.hardestNegativeBackward(m, argmax, norms, y), y);
    var cosines = new Cosines(matrix(unit), classes);
    var margin = new Margin(Margin.Kind.ARCFACE, 0.5, 64);
    add("marginSoftmax", () -> k.marginSoftmax(cosines, margin, row, out), row, out);
    add(
        "marginSoftmaxBackward",
        () -> k.marginSoftmaxBackward(cosines, margin, norms, scalar, y),
        y);
  }

  private void hardestNegative() {
    var k = backend.kernels().row();
    var classes = ints(labels());
    var some = 250; // one tile
    var nearest = ints(new int[some]);
    var value = output(some);
    add(
        "hardestNegative",
        () -> k.hardestNegative(new Matrix(some, COLUMNS, x), classes, new Hardest(value, nearest)),
        value);
  }

  private static int[] labels() {
    var labels = new int[ROWS];
    Arrays.setAll(labels, r -> r * 7 % COLUMNS);
    return labels;
  }

  private void histogram() {
    var k = backend.kernels().histogram();
    var grid = new HistogramGrid(-1, 0.05, 41, 200);
    var sims = x.slice(0, ROWS);
    var weights = output(ROWS);
    var density = output(41);
    var z = output(1);
    var samples = new Samples(ROWS, sims, weights, scalar);
    k.select(new Samples(ROWS, sims, weights, out), false);
    k.softHistogram(samples, grid, new Density(density, z));
    add("select", () -> k.select(new Samples(ROWS, sims, row, out), true), row, out);
    var bins = output(41);
    add("softHistogram", () -> k.softHistogram(samples, grid, new Density(bins, out)), bins, out);
    add(
        "softHistogramBackward",
        () -> k.softHistogramBackward(samples, grid, new Density(density, z), dy, row),
        row);
    add(
        "divergence",
        () -> k.divergence(new Comparison(COLUMNS, density, density, 1e-6, 1), out),
        out);
    add(
        "divergenceBackward",
        () ->
            k.divergenceBackward(
                new Comparison(COLUMNS, density, density, 1, 1), scalar, column, column2),
        column,
        column2);
    add("mean", () -> k.mean(samples, out), out);
    add("meanBackward", () -> k.meanBackward(samples, 1, scalar, row), row);
    add("order", () -> k.order(new Branches(3, p, slope), 1, out, column), out, column);
  }

  private void update() {
    var k = backend.kernels().update();
    var slots = List.of(new Slot(x, dy, y, SIZE, 0.1), new Slot(p, q, slope, COLUMNS, 0));
    add("squaredNorm", () -> k.squaredNorm(slots, out), out);
    // Rate 0 and momentum 0 leave the parameters alone, so that the call can be repeated.
    var v = of(new float[SIZE]);
    var v2 = of(new float[COLUMNS]);
    var moving = List.of(new Slot(x, dy, v, SIZE, 0.1), new Slot(p, q, v2, COLUMNS, 0));
    add("sgd", () -> k.sgd(moving, new Step(0, 0, new Clip(scalar, 1))), v, v2);
    var m = of(new float[SIZE]);
    var both = List.of(new Slot(x, dy, m, v, SIZE, 0.1));
    add("adamW", () -> k.adamW(both, new AdamStep(0, 0, 0, 1, 3, new Clip(scalar, 1))), m, v);
  }

  private void gemm() {
    var k = backend.kernels().gemm();
    var n = 96;
    for (var ta : new boolean[] {false, true}) {
      for (var tb : new boolean[] {false, true}) {
        add(
            "gemm " + ta + " " + tb,
            () -> k.gemm(new GemmShape(ta, tb, n, n + 5, n - 7), 1, x, dy, 0, y),
            y);
      }
    }
  }

  private void conv() {
    var k = backend.kernels().conv();
    for (var s :
        List.of(
            new Conv2dShape(4, 14, 14, 32, 32, 3, 3, 1, 1),
            new Conv2dShape(4, 14, 14, 32, 32, 3, 3, 2, 1),
            new Conv2dShape(4, 14, 14, 32, 64, 1, 1, 2, 0),
            new Conv2dShape(2, 15, 15, 3, 32, 3, 3, 1, 1))) {
      var in = of(normal(s.n() * s.h() * s.w() * s.c(), 6));
      var w = of(normal(s.o() * s.kh() * s.kw() * s.c(), 7));
      var gradient = of(normal(s.n() * s.oh() * s.ow() * s.o(), 8));
      var z = output(gradient.length());
      var din = output(in.length());
      var dw = output(w.length());
      add("conv forward " + s, () -> k.forward(s, in, w, z), z);
      add("conv backwardData " + s, () -> k.backwardData(s, gradient, w, din), din);
      add("conv backwardWeight " + s, () -> k.backwardWeight(s, in, gradient, dw), dw);
    }
  }

  private void groupedConv() {
    var k = backend.kernels().groupedConv();
    for (var s :
        List.of(
            new GroupedConvShape(70, 9, 9, 40, 1, 3, 3, 1, 1),
            new GroupedConvShape(4, 14, 14, 32, 2, 3, 3, 2, 1))) {
      var in = of(normal(s.n() * s.h() * s.w() * s.c(), 6));
      var w = of(normal(s.kh() * s.kw() * s.c() * s.per(), 7));
      var gradient = of(normal(s.n() * s.oh() * s.ow() * s.c(), 8));
      var z = output(gradient.length());
      var din = output(in.length());
      var dw = output(w.length());
      add("groupedConv forward " + s, () -> k.forward(s, in, w, z), z);
      add("groupedConv backwardData " + s, () -> k.backwardData(s, gradient, w, din), din);
      add("groupedConv backwardWeight " + s, () -> k.backwardWeight(s, in, gradient, dw), dw);
    }
  }
}
