package facet.bench.cuda;

import static facet.train.error.Printable.format;

import facet.bench.ArcFaceStep;
import facet.nn.IResNetSpec;
import facet.nn.NetworkSpec;
import facet.nn.Summary;
import facet.nn.loss.DdlSettings;
import facet.tensor.Scope;
import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.GemmShape;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.NormKernels;
import facet.tensor.kernel.Pool2dShape;
import facet.tensor.kernel.RowKernels;
import facet.tensor.kernel.UpdateKernels;
import facet.train.data.batch.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/// What is measured on a GPU, the most valuable first: the training step of an IResNet-50, its
/// convolutions, products of its head, and what memory limits.
final class GpuQuestions {
  private static final int CLASSES = 1000;

  /// The 3x3 convolutions of IResNet-50: side, channels in and out, stride.
  private static final int[][] LAYERS = {
    {14, 256, 256, 1},
    {28, 128, 128, 1},
    {56, 64, 64, 1},
    {7, 512, 512, 1},
    {112, 64, 64, 1},
    {112, 64, 64, 2},
    {56, 64, 128, 1},
    {56, 128, 128, 2},
    {28, 128, 256, 1},
    {28, 256, 256, 2},
    {14, 256, 512, 1},
    {14, 512, 512, 2},
    {112, 3, 64, 1}
  };

  private final boolean quick;
  private final List<GpuQuestion> all = new ArrayList<>();

  /// @param quick whether to take tiny shapes
  static List<GpuQuestion> all(boolean quick) {
    return new GpuQuestions(quick).all;
  }

  private GpuQuestions(boolean quick) {
    this.quick = quick;
    step();
    for (var layer : quick ? new int[][] {{6, 5, 8, 1}, {6, 8, 8, 2}} : LAYERS) {
      convolution(layer[0], layer[1], layer[2], 3, layer[3]);
    }
    convolution(quick ? 4 : 56, 64, 128, 1, 2); // a shortcut
    copy(quick ? 1000 : 128 << 20);
    norm(quick ? 50 : 128 * 56 * 56, quick ? 8 : 64);
    norm(quick ? 30 : 128 * 14 * 14, quick ? 16 : 256);
    marginSoftmax(quick ? 4 : 512, quick ? 100 : 100_000);
    softHistogram(quick ? 33 : 4096);
    hardestNegative(quick ? 40 : 2048);
    averagePool(quick ? 2 : 128, quick ? 7 : 56, quick ? 8 : 64);
    sgd(quick ? 1000 : 40_000_000);
    gemm(false, false, 4096, 4096, 4096);
    gemm(false, true, 512, 100_000, 512); // cosines of a batch and 100,000 people
    gemm(false, false, 512, 512, 100_000); // their gradients
    gemm(true, false, 100_000, 512, 512);
    gemm(false, true, 128, 512, 25_088); // the last layer
  }

  private void convolution(int side, int in, int out, int kernel, int stride) {
    var s =
        new Conv2dShape(quick ? 1 : 128, side, side, in, out, kernel, kernel, stride, kernel / 2);
    var image = s.n() * s.h() * s.w() * s.c();
    var weight = s.o() * s.kh() * s.kw() * s.c();
    var result = s.n() * s.oh() * s.ow() * s.o();
    var shape =
        format(
            "n=%d h=%d c=%d o=%d k=%d stride=%d pad=%d",
            s.n(), s.h(), s.c(), s.o(), s.kh(), s.stride(), s.pad());
    var work = 2.0 * s.n() * s.oh() * s.ow() * s.o() * s.kh() * s.kw() * s.c();
    product(
        "conv.forward",
        shape,
        work,
        bench -> {
          var x = in == 3 ? bench.random(image)[0] : bench.activation(image);
          var w = bench.random(weight)[0];
          var y = bench.activation(result);
          return () -> bench.kernels().conv().forward(s, x, w, y);
        });
    if (in != 3) { // training does not need the gradient of the image
      product(
          "conv.data",
          shape,
          work,
          bench -> {
            var dy = bench.activation(result);
            var w = bench.random(weight)[0];
            var dx = bench.activation(image);
            return () -> bench.kernels().conv().backwardData(s, dy, w, dx);
          });
    }
    product(
        "conv.weight",
        shape,
        work,
        bench -> {
          var x = in == 3 ? bench.random(image)[0] : bench.activation(image);
          var dy = bench.activation(result);
          var dw = bench.random(weight)[0];
          return () -> bench.kernels().conv().backwardWeight(s, x, dy, dw);
        });
  }

  private void gemm(boolean ta, boolean tb, int fullM, int fullN, int fullK) {
    var m = quick ? fullM % 61 + 1 : fullM;
    var n = quick ? fullN % 61 + 1 : fullN;
    var k = quick ? fullK % 61 + 1 : fullK;
    product(
        "gemm",
        format("ta=%d tb=%d m=%d n=%d k=%d", ta ? 1 : 0, tb ? 1 : 0, m, n, k),
        2.0 * m * n * k,
        bench -> {
          var t = bench.random(m * k, k * n, m * n);
          return () ->
              bench.kernels().gemm().gemm(new GemmShape(ta, tb, m, n, k), 1, t[0], t[1], 0, t[2]);
        });
  }

  private interface Preparation {
    Runnable prepare(Bench bench);
  }

  private void product(String what, String shape, double work, Preparation preparation) {
    all.add(new GpuQuestion(what, shape, work, true, true, (b, p) -> preparation.prepare(b)));
  }

  private void memory(String what, String shape, double bytes, Preparation preparation) {
    all.add(new GpuQuestion(what, shape, -bytes, false, true, (b, p) -> preparation.prepare(b)));
  }

  /// The speed of memory, the yardstick of what follows.
  private void copy(int length) {
    memory(
        "copy",
        "n=" + length,
        8.0 * length,
        bench -> {
          var t = bench.random(length, length);
          return () -> bench.kernels().pointwise().copy(length, t[0], t[1]);
        });
  }

  /// Batch norm and the PReLU behind it.
  private void norm(int rows, int channels) {
    var length = rows * channels;
    var shape = format("rows=%d channels=%d", rows, channels);
    memory(
        "norm.forward",
        shape,
        12.0 * length,
        bench -> {
          var x = bench.random(length, length);
          var c = channels(bench, channels);
          var m = new Matrix(rows, channels, x[0]);
          var layer = new NormKernels.Epilogue(c[0], c[1]).thenPRelu(c[2]);
          var running = new NormKernels.Running(c[3], c[4], 1e-5);
          var batch = new NormKernels.Statistics(c[5], c[6]);
          var norm = bench.kernels().norm();
          return () -> norm.forwardTraining(m, layer, running, 0.1, batch, x[1]);
        });
    memory(
        "norm.backward",
        shape,
        20.0 * length,
        bench -> {
          var x = bench.random(length, length, length);
          var c = channels(bench, channels);
          var m = new Matrix(rows, channels, x[0]);
          var layer = new NormKernels.Epilogue(c[0], c[1]).thenPRelu(c[2]);
          var batch = new NormKernels.Statistics(c[5], c[6]);
          var gradient = new NormKernels.EpilogueGradient(c[7], c[8], c[9]);
          var norm = bench.kernels().norm();
          return () -> norm.backward(m, layer, batch, true, x[1], x[2], gradient);
        });
  }

  private static Storage[] channels(Bench bench, int channels) {
    var lengths = new int[10];
    Arrays.fill(lengths, channels);
    return bench.random(lengths);
  }

  /// Loss and gradient from the cosines.
  private void marginSoftmax(int rows, int classes) {
    memory(
        "margin.softmax",
        format("rows=%d classes=%d", rows, classes),
        12.0 * rows * classes,
        bench -> {
          var margin = new Margin(Margin.Kind.ARCFACE, 0.5, 64);
          var labels = bench.labels(rows, classes);
          var t = bench.random(rows * classes, rows, 1, 1, rows * classes);
          var c = new RowKernels.Cosines(new Matrix(rows, classes, t[0]), labels);
          var row = bench.kernels().row();
          return () -> {
            row.marginSoftmax(c, margin, t[1], t[2]);
            row.marginSoftmaxBackward(c, margin, t[1], t[3], t[4]);
          };
        });
  }

  private void softHistogram(int n) {
    var grid = DdlSettings.DEFAULT.grid();
    var shape =
        format(
            "n=%d nodes=%d low=%s step=%s gamma=%s",
            n, grid.nodes(), grid.low(), grid.step(), grid.gamma());
    memory(
        "soft.histogram",
        shape,
        0,
        bench -> {
          var t = bench.random(n, n, grid.nodes(), 1, grid.nodes(), n);
          bench.kernels().pointwise().fill(n, 1, t[1]);
          var samples = new HistogramKernels.Samples(n, t[0], t[1], t[3]);
          var density = new HistogramKernels.Density(t[2], t[3]);
          var histogram = bench.kernels().histogram();
          return () -> {
            histogram.softHistogram(samples, grid, density);
            histogram.softHistogramBackward(samples, grid, density, t[4], t[5]);
          };
        });
  }

  /// The hardest negative of each of `n` embeddings with 512 numbers.
  private void hardestNegative(int n) {
    memory(
        "hardest.negative",
        format("n=%d columns=512", n),
        0,
        bench -> {
          var t = bench.random(n * 512, n);
          var labels = bench.labels(n, n);
          var argmax = bench.labels(n, n);
          var x = new Matrix(n, 512, t[0]);
          var out = new RowKernels.Hardest(t[1], argmax);
          return () -> bench.kernels().row().hardestNegative(x, labels, out);
        });
  }

  /// The mean over whole images, as squeeze-and-excitation takes it, and its gradient.
  private void averagePool(int n, int side, int channels) {
    var s = new Pool2dShape(n, side, side, channels, side, side, 1, 0);
    var length = n * side * side * channels;
    memory(
        "average.pool",
        format("n=%d h=%d c=%d", n, side, channels),
        8.0 * length,
        bench -> {
          var t = bench.random(length, n * channels, length);
          var pooling = bench.kernels().pooling();
          return () -> {
            pooling.averageForward(s, t[0], t[1]);
            pooling.averageBackward(s, t[1], t[2]);
          };
        });
  }

  private void sgd(int length) {
    memory(
        "sgd",
        "n=" + length,
        20.0 * length,
        bench -> {
          var t = bench.random(length, length, length);
          var slots = List.of(new UpdateKernels.Slot(t[0], t[1], t[2], length, 5e-4));
          return () -> bench.kernels().update().sgd(slots, new UpdateKernels.Step(1e-3, 0.9, null));
        });
  }

  /// Forward, ArcFace over 1000 people, backward, SGD.
  private void step() {
    var spec =
        quick
            ? new IResNetSpec("quick", List.of(1, 1), 8, 16, 16, 0)
            : Objects.requireNonNull(NetworkSpec.named("iresnet50"));
    var batch = quick ? 2 : 128;
    all.add(
        new GpuQuestion(
            "step",
            format("network=%s batch=%d", spec.name(), batch),
            6.0 * batch * Summary.of(spec).macs(),
            true,
            false,
            (bench, precision) -> step(bench, spec, batch)));
  }

  private static Runnable step(Bench bench, NetworkSpec spec, int batch) {
    var scope = bench.closing(Scope.on(bench.backend()));
    var trainStep = ArcFaceStep.of(scope, spec, CLASSES, 5);
    var images = new Batch(batch, spec.size());
    var source = new SplittableRandom(3);
    for (var i = 0; i < images.images().length; i++) {
      images.images()[i] = (float) source.nextDouble(-1, 1);
    }
    Arrays.setAll(images.labels(), i -> source.nextInt(CLASSES));
    return () -> trainStep.run(images, 0, 1e-4);
  }
}
