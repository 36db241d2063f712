package facet.bench.cuda;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.kernels.cuda.CudaBackend;
import facet.nn.IResNet;
import facet.nn.IResNetSpec;
import facet.nn.Parameters;
import facet.nn.Summary;
import facet.nn.loss.DdlSettings;
import facet.nn.loss.MarginHead;
import facet.nn.optim.Sgd;
import facet.tensor.Scope;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.NormKernels;
import facet.tensor.kernel.UpdateKernels;
import facet.train.data.batch.Batch;
import facet.train.training.Learner;
import facet.train.training.Objective;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;

/// Times the kernels of the cuda backend at the shapes of an IResNet-50 and a training step of it,
/// one line a measurement (see [Measurement]):
///
///     java ... facet.bench.cuda.GpuBenchmark [--quick] [--kernels handwritten|vendor]
///
/// `--quick` takes tiny shapes, once: to see that all of it runs.
public final class GpuBenchmark {
  private static final int CLASSES = 1000;

  /// The convolutions of IResNet-50 (all 3x3, pad 1): side, channels in and out, stride.
  private static final int[][] LAYERS = {
    {112, 3, 64, 1},
    {112, 64, 64, 1},
    {112, 64, 64, 2},
    {56, 64, 64, 1},
    {56, 64, 128, 1},
    {56, 128, 128, 2},
    {28, 128, 128, 1},
    {28, 128, 256, 1},
    {28, 256, 256, 2},
    {14, 256, 256, 1},
    {14, 256, 512, 1},
    {14, 512, 512, 2},
    {7, 512, 512, 1}
  };

  private final CudaBackend backend;
  private final Bench bench;
  private final boolean quick;
  private final String suffix;
  private final String precision;

  /// @param suffix behind the names of what is measured
  private GpuBenchmark(CudaBackend backend, Precision precision, boolean quick, String suffix) {
    this.backend = backend;
    this.bench = new Bench(backend, quick);
    this.quick = quick;
    this.suffix = suffix;
    this.precision = precision.name().toLowerCase(Locale.ROOT);
  }

  public static void main(String[] args) {
    var options = List.of(args);
    var quick = options.contains("--quick");
    var vendor = options.contains("vendor");
    for (var precision : Precision.values()) {
      var kernels = vendor ? KernelChoice.VENDOR : KernelChoice.HANDWRITTEN;
      try (var backend = new CudaBackend(0, precision, kernels)) {
        if (vendor && backend.vendorProblem() != null) {
          System.err.println(backend.vendorProblem());
          System.exit(1);
        }
        var benchmark = new GpuBenchmark(backend, precision, quick, vendor ? " (vendor)" : "");
        benchmark.convolutions();
        benchmark.gemms();
        if (precision == Precision.FP32 && !vendor) {
          benchmark.others();
        }
        benchmark.step();
        benchmark.bench.close();
      }
    }
  }

  private void report(String what, String shape, double milliseconds, double work) {
    System.out.println(new Measurement(what + suffix, shape, precision, milliseconds, work).line());
  }

  private void convolutions() {
    for (var layer : quick ? new int[][] {{6, 5, 8, 1}, {6, 8, 8, 2}} : LAYERS) {
      convolution(
          new Conv2dShape(
              quick ? 1 : 64, layer[0], layer[0], layer[1], layer[2], 3, 3, layer[3], 1));
    }
    var side = quick ? 4 : 56; // a shortcut
    convolution(new Conv2dShape(quick ? 1 : 64, side, side, 64, 128, 1, 1, 2, 0));
  }

  private void convolution(Conv2dShape s) {
    var x = bench.random(s.n() * s.h() * s.w() * s.c());
    var w = bench.random(s.o() * s.kh() * s.kw() * s.c());
    var y = bench.random(s.n() * s.oh() * s.ow() * s.o());
    var dx = bench.empty(s.n() * s.h() * s.w() * s.c());
    var dw = bench.empty(s.o() * s.kh() * s.kw() * s.c());
    var shape =
        String.format(
            Locale.ROOT,
            "n=%d h=%d c=%d o=%d k=%d stride=%d pad=%d",
            s.n(),
            s.h(),
            s.c(),
            s.o(),
            s.kh(),
            s.stride(),
            s.pad());
    var work = 2.0 * s.n() * s.oh() * s.ow() * s.o() * s.kh() * s.kw() * s.c();
    var conv = backend.kernels().conv();
    report("conv.forward", shape, bench.median(() -> conv.forward(s, x, w, y)), work);
    if (s.c() != 3) { // nobody asks for the gradient of the image
      report("conv.data", shape, bench.median(() -> conv.backwardData(s, y, w, dx)), work);
    }
    report("conv.weight", shape, bench.median(() -> conv.backwardWeight(s, x, y, dw)), work);
    bench.give(x, w, y, dx, dw);
  }

  private void gemms() {
    gemm(false, false, 4096, 4096, 4096);
    gemm(false, true, 512, 100_000, 512); // cosines of a batch and 100,000 people
    gemm(false, false, 512, 512, 100_000); // their gradients
    gemm(true, false, 100_000, 512, 512);
    gemm(false, true, 128, 512, 25_088); // the last layer
  }

  private void gemm(boolean ta, boolean tb, int fullM, int fullN, int fullK) {
    var m = quick ? fullM % 61 + 1 : fullM;
    var n = quick ? fullN % 61 + 1 : fullN;
    var k = quick ? fullK % 61 + 1 : fullK;
    var a = bench.random(m * k);
    var b = bench.random(k * n);
    var c = bench.empty(m * n);
    var shape =
        String.format(Locale.ROOT, "ta=%d tb=%d m=%d n=%d k=%d", ta ? 1 : 0, tb ? 1 : 0, m, n, k);
    var time = bench.median(() -> backend.kernels().gemm().gemm(ta, tb, m, n, k, 1, a, b, 0, c));
    report("gemm", shape, time, 2.0 * m * n * k);
    bench.give(a, b, c);
  }

  private void others() {
    copy(quick ? 1000 : 128 << 20);
    norm(quick ? 50 : 64 * 56 * 56, quick ? 8 : 64);
    norm(quick ? 30 : 64 * 14 * 14, quick ? 16 : 256);
    marginSoftmax(quick ? 4 : 512, quick ? 100 : 100_000);
    softHistogram(quick ? 33 : 4096);
    sgd(quick ? 1000 : 40_000_000);
  }

  /// The speed of memory, the yardstick of what follows.
  private void copy(int length) {
    var x = bench.random(length);
    var y = bench.empty(length);
    var time = bench.median(() -> backend.kernels().pointwise().copy(length, x, y));
    report("copy", "n=" + length, time, -8.0 * length);
    bench.give(x, y);
  }

  /// Batch norm and the PReLU behind it.
  private void norm(int rows, int channels) {
    var length = rows * channels;
    var x = bench.random(length);
    var dy = bench.random(length);
    var y = bench.empty(length);
    var c = new facet.tensor.Storage[10];
    Arrays.setAll(c, i -> bench.random(channels));
    var norm = backend.kernels().norm();
    var running = new NormKernels.Running(c[3], c[4], 0.1);
    var shape = String.format(Locale.ROOT, "rows=%d channels=%d", rows, channels);
    var forward =
        bench.median(
            () ->
                norm.forwardTraining(
                    rows, channels, x, c[0], c[1], c[2], null, 1e-5, running, c[5], c[6], y));
    report("norm.forward", shape, forward, -12.0 * length);
    var backward =
        bench.median(
            () ->
                norm.backward(
                    rows, channels, true, x, c[0], c[1], c[2], c[5], c[6], dy, y, c[7], c[8],
                    c[9]));
    report("norm.backward", shape, backward, -20.0 * length);
    bench.give(x, dy, y);
    bench.give(c);
  }

  /// Loss and gradient from the cosines.
  private void marginSoftmax(int rows, int classes) {
    var margin = new Margin(Margin.Kind.ARCFACE, 0.5, 64);
    var cosines = bench.random(rows * classes);
    var labels = bench.labels(rows, classes);
    var lse = bench.empty(rows);
    var loss = bench.empty(1);
    var one = bench.random(1);
    var gradient = bench.empty(rows * classes);
    var row = backend.kernels().row();
    var time =
        bench.median(
            () -> {
              row.marginSoftmax(rows, classes, margin, cosines, labels, lse, loss);
              row.marginSoftmaxBackward(rows, classes, margin, cosines, labels, lse, one, gradient);
            });
    report(
        "margin.softmax",
        String.format(Locale.ROOT, "rows=%d classes=%d", rows, classes),
        time,
        -12.0 * rows * classes);
    bench.give(cosines, lse, loss, one, gradient);
    backend.intPool().give(labels);
  }

  private void softHistogram(int n) {
    var grid = DdlSettings.DEFAULT.grid();
    var s = bench.random(n);
    var weight = bench.empty(n);
    backend.kernels().pointwise().fill(n, 1, weight);
    var p = bench.empty(grid.nodes());
    var z = bench.empty(1);
    var dp = bench.random(grid.nodes());
    var ds = bench.empty(n);
    var histogram = backend.kernels().histogram();
    var time =
        bench.median(
            () -> {
              histogram.softHistogram(n, grid, s, weight, p, z);
              histogram.softHistogramBackward(n, grid, s, weight, p, z, dp, ds);
            });
    var shape =
        String.format(
            Locale.ROOT,
            "n=%d nodes=%d low=%s step=%s gamma=%s",
            n,
            grid.nodes(),
            grid.low(),
            grid.step(),
            grid.gamma());
    report("soft.histogram", shape, time, 0);
    bench.give(s, weight, p, z, dp, ds);
  }

  private void sgd(int length) {
    var w = bench.random(length);
    var g = bench.random(length);
    var v = bench.random(length);
    var slots = List.of(new UpdateKernels.Slot(w, g, v, length, 5e-4));
    var time = bench.median(() -> backend.kernels().update().sgd(slots, 1e-3, 0.9, null));
    report("sgd", "n=" + length, time, -20.0 * length);
    bench.give(w, g, v);
  }

  /// Forward, ArcFace over 1000 people, backward, SGD.
  private void step() {
    var spec =
        quick
            ? new IResNetSpec("quick", List.of(1, 1), 8, 16, 16, 0)
            : Objects.requireNonNull(IResNetSpec.named("iresnet50"));
    var batch = quick ? 2 : 128;
    try (var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 1);
      var network = new IResNet(parameters, spec);
      var headParameters = new Parameters(scope, 2);
      var margin = new Margin(Margin.Kind.ARCFACE, 0.5, 64);
      var head = new MarginHead(headParameters, CLASSES, spec.embedding(), margin);
      var optimizer =
          new Sgd(
              scope,
              0.9,
              new Sgd.Group(parameters.all(), 5e-4, 5),
              new Sgd.Group(headParameters.all(), 5e-4, 0));
      var learner =
          new Learner(backend, network, new Objective.Classify(head), optimizer, spec.size(), 1);
      var images = new Batch(batch, spec.size());
      var source = new SplittableRandom(3);
      for (var i = 0; i < images.images().length; i++) {
        images.images()[i] = (float) source.nextDouble(-1, 1);
      }
      Arrays.setAll(images.labels(), i -> source.nextInt(CLASSES));
      var time = bench.medianOfSteps(() -> learner.step(images, 0, 1e-4));
      report(
          "step",
          String.format(Locale.ROOT, "network=%s batch=%d", spec.name(), batch),
          time,
          6.0 * batch * Summary.of(spec).macs());
    }
  }
}
