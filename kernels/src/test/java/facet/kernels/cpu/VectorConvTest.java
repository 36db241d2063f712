package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;
import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.kernel.Conv2dShape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every convolution against the definition in double precision, by the relative Frobenius norm of
/// the error.
class VectorConvTest {
  private static final double DIRECT_TOLERANCE = 1e-6;
  private static final double WINOGRAD_TOLERANCE = 5e-6;

  private static final List<Conv2dShape> ANY =
      List.of(
          new Conv2dShape(1, 1, 1, 1, 1, 3, 3, 1, 1),
          new Conv2dShape(2, 7, 5, 3, 4, 3, 3, 2, 1),
          new Conv2dShape(2, 8, 8, 3, 17, 3, 3, 1, 1),
          new Conv2dShape(1, 14, 14, 8, 9, 3, 3, 2, 1),
          new Conv2dShape(3, 6, 6, 19, 33, 1, 1, 1, 0),
          new Conv2dShape(3, 6, 7, 33, 3, 1, 1, 2, 0),
          new Conv2dShape(1, 5, 9, 2, 3, 2, 4, 1, 2),
          new Conv2dShape(2, 9, 10, 5, 7, 5, 5, 3, 2),
          new Conv2dShape(1, 13, 11, 4, 6, 7, 7, 2, 3),
          new Conv2dShape(1, 3, 3, 2, 5, 3, 3, 1, 3),
          new Conv2dShape(1, 2, 2, 2, 2, 1, 1, 3, 1),
          new Conv2dShape(1, 10, 1, 5, 4, 3, 1, 1, 0),
          new Conv2dShape(2, 30, 45, 32, 20, 3, 3, 2, 1),
          new Conv2dShape(1, 41, 38, 48, 24, 1, 1, 2, 0),
          new Conv2dShape(3, 14, 14, 40, 36, 3, 3, 2, 1),
          new Conv2dShape(1, 28, 28, 3, 40, 3, 3, 1, 1));

  private static final List<Conv2dShape> FEW_CHANNELS =
      List.of(
          new Conv2dShape(0, 20, 20, 3, 32, 3, 3, 1, 1),
          new Conv2dShape(3, 28, 28, 3, 64, 3, 3, 1, 1),
          new Conv2dShape(1, 41, 37, 3, 32, 7, 7, 2, 3),
          new Conv2dShape(2, 9, 30, 1, 32, 2, 4, 1, 2),
          new Conv2dShape(1, 1, 50, 7, 96, 3, 3, 3, 2));

  private static final List<Conv2dShape> WINOGRAD =
      List.of(
          new Conv2dShape(1, 1, 1, 1, 1, 3, 3, 1, 1),
          new Conv2dShape(1, 3, 3, 17, 5, 3, 3, 1, 0),
          new Conv2dShape(2, 7, 7, 16, 33, 3, 3, 1, 1),
          new Conv2dShape(1, 9, 14, 31, 16, 3, 3, 1, 2),
          new Conv2dShape(2, 5, 4, 7, 8, 3, 3, 1, 3),
          new Conv2dShape(1, 36, 33, 4, 20, 3, 3, 1, 1));

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void implicitGemm(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var gemm = new VectorGemm(workers, setup.lanes());
      var conv = new ConvImplicitGemm(workers, setup.lanes(), gemm);
      for (var s : ANY) {
        check(s, conv::forward, conv::backwardData, conv::backwardWeight, DIRECT_TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void fewChannels(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var conv = new ConvFewChannels(workers, setup.lanes());
      var direct =
          new ConvImplicitGemm(workers, setup.lanes(), new VectorGemm(workers, setup.lanes()));
      for (var s : FEW_CHANNELS) {
        assertThat(conv.suits(s)).as("%s", s).isTrue();
        check(s, conv::forward, direct::backwardData, conv::backwardWeight, DIRECT_TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void winograd(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var conv = new ConvWinograd(workers, setup.lanes());
      for (var s : WINOGRAD) {
        check(s, conv::forward, conv::backwardData, conv::backwardWeight, WINOGRAD_TOLERANCE);
      }
    }
  }

  /// With weights that never change, for inference: the first and every later time.
  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void fixedWeights(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var gemm = new VectorGemm(workers, setup.lanes());
      var conv = new VectorConv(workers, setup.lanes(), gemm, ConvAlgorithm.FASTEST);
      var shapes = new ArrayList<>(ANY);
      shapes.addAll(WINOGRAD);
      for (var s : shapes) {
        check(
            s,
            (shape, x, w, y) -> {
              var fixed = conv.fixed(w);
              fixed.forward(shape, x, y);
              y.array()[y.offset()] = Float.NaN;
              fixed.forward(shape, x, y);
            },
            conv::backwardData,
            conv::backwardWeight,
            WINOGRAD_TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void noImages(Setup setup) {
    var s = new Conv2dShape(0, 8, 8, 16, 16, 3, 3, 1, 1);
    try (var workers = new Workers(setup.threads())) {
      var direct =
          new ConvImplicitGemm(workers, setup.lanes(), new VectorGemm(workers, setup.lanes()));
      check(s, direct::forward, direct::backwardData, direct::backwardWeight, 0);
    }
  }

  /// Enough channels that the workers share blocks of tiles, and several blocks.
  @Test
  void winogradWithManyChannelsAndTiles() {
    try (var workers = new Workers(2)) {
      var conv = new ConvWinograd(workers, Lanes.preferred());
      for (var s :
          List.of(
              new Conv2dShape(1, 46, 48, 256, 256, 3, 3, 1, 1),
              new Conv2dShape(1, 20, 20, 512, 16, 3, 3, 1, 1),
              new Conv2dShape(1, 20, 20, 24, 530, 3, 3, 1, 1),
              new Conv2dShape(1, 20, 20, 1040, 16, 3, 3, 1, 1),
              new Conv2dShape(3, 30, 28, 32, 64, 3, 3, 1, 1))) {
        check(s, conv::forward, conv::backwardData, conv::backwardWeight, WINOGRAD_TOLERANCE);
      }
    }
  }

  @Test
  void winogradIsChosenWhereItPays() {
    assertThat(ConvWinograd.suits(new Conv2dShape(32, 112, 112, 64, 64, 3, 3, 1, 1))).isTrue();
    assertThat(ConvWinograd.suits(new Conv2dShape(32, 7, 7, 512, 512, 3, 3, 1, 1))).isTrue();
    assertThat(ConvWinograd.suits(new Conv2dShape(32, 112, 112, 3, 64, 3, 3, 1, 1))).isFalse();
    assertThat(ConvWinograd.suits(new Conv2dShape(32, 112, 112, 64, 64, 3, 3, 2, 1))).isFalse();
    assertThat(ConvWinograd.suits(new Conv2dShape(32, 2, 2, 64, 64, 3, 3, 1, 1))).isFalse();
    var single = new Conv2dShape(1, 7, 7, 512, 512, 3, 3, 1, 1);
    assertThat(ConvWinograd.suits(single)).isFalse();
    try (var workers = new Workers(1)) {
      var narrow = new ConvWinograd(workers, Lanes.of(256)); // 6 rows of the micro-kernel
      var wide = new ConvWinograd(workers, Lanes.of(512)); // 12
      assertThat(narrow.suitsFixed(single)).isTrue(); // its weights are transformed
      assertThat(wide.suitsFixed(single)).isFalse();
      assertThat(wide.suitsFixed(new Conv2dShape(2, 7, 7, 512, 512, 3, 3, 1, 1))).isTrue();
      assertThat(narrow.suitsFixed(new Conv2dShape(1, 4, 4, 512, 512, 3, 3, 1, 1))).isFalse();
    }
  }

  @Test
  void sameBitsEveryTimeAndBothAlgorithmsAgree() {
    var s = new Conv2dShape(4, 14, 14, 32, 48, 3, 3, 1, 1);
    try (var workers = new Workers(3)) {
      var gemm = new VectorGemm(workers, Lanes.preferred());
      var fast = new VectorConv(workers, Lanes.preferred(), gemm, ConvAlgorithm.FASTEST);
      var direct = new VectorConv(workers, Lanes.preferred(), gemm, ConvAlgorithm.DIRECT);
      var x = of(normal(4 * 14 * 14 * 32, 1));
      var dy = of(normal(4 * 14 * 14 * 48, 2));
      var exact = output(48 * 9 * 32);
      direct.backwardWeight(s, x, dy, exact);
      var first = output(48 * 9 * 32);
      fast.backwardWeight(s, x, dy, first);
      assertThat(first.array()).isNotEqualTo(exact.array());
      assertThat(error(first, doubles(Setup.values(exact)))).isLessThan(WINOGRAD_TOLERANCE);
      for (int i = 0; i < 10; i++) {
        var again = output(48 * 9 * 32);
        fast.backwardWeight(s, x, dy, again);
        assertThat(again.array()).isEqualTo(first.array());
      }
    }
  }

  private interface Kernel {
    void run(Conv2dShape s, FloatStorage a, FloatStorage b, FloatStorage out);
  }

  private static void check(
      Conv2dShape s, Kernel forward, Kernel data, Kernel weight, double tolerance) {
    var x = normal(s.n() * s.h() * s.w() * s.c(), 1);
    var w = normal(s.o() * s.kh() * s.kw() * s.c(), 2);
    var dy = normal(s.n() * s.oh() * s.ow() * s.o(), 3);
    var y = new double[dy.length];
    var dx = new double[x.length];
    var dw = new double[w.length];
    definition(s, x, w, dy, y, dx, dw);
    check(s, "y", forward, x, w, y, tolerance);
    check(s, "dx", data, dy, w, dx, tolerance);
    check(s, "dw", weight, x, dy, dw, tolerance);
  }

  private static void check(
      Conv2dShape s,
      String what,
      Kernel kernel,
      float[] a,
      float[] b,
      double[] expected,
      double tolerance) {
    var out = output(expected.length);
    kernel.run(s, of(a), of(b), out);
    assertThat(error(out, expected)).as("%s of %s", what, s).isLessThanOrEqualTo(tolerance);
    assertThat(out.array()[out.offset() - 1]).as("before %s", what).isNaN();
    assertThat(out.array()[out.offset() + out.length()]).as("after %s", what).isNaN();
  }

  /// The relative Frobenius norm of the error; the absolute one if all of it should be zero.
  private static double error(FloatStorage actual, double[] expected) {
    var difference = 0.0;
    var size = 0.0;
    for (int i = 0; i < expected.length; i++) {
      var d = actual.array()[actual.offset() + i] - expected[i];
      difference += d * d;
      size += expected[i] * expected[i];
    }
    return Math.sqrt(difference / (size == 0 ? 1 : size));
  }

  private static double[] doubles(float[] values) {
    var result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  /// The sums of the definition, each product added to all three results.
  private static void definition(
      Conv2dShape s, float[] x, float[] w, float[] dy, double[] y, double[] dx, double[] dw) {
    int taps = s.kh() * s.kw();
    for (int out = 0; out < dy.length; out++) {
      int pixel = out / s.o();
      for (int tap = 0; tap < taps; tap++) {
        int iy = pixel / s.ow() % s.oh() * s.stride() - s.pad() + tap / s.kw();
        int ix = pixel % s.ow() * s.stride() - s.pad() + tap % s.kw();
        if (iy < 0 || iy >= s.h() || ix < 0 || ix >= s.w()) {
          continue;
        }
        int in = ((pixel / (s.oh() * s.ow()) * s.h() + iy) * s.w() + ix) * s.c();
        int weight = (out % s.o() * taps + tap) * s.c();
        for (int c = 0; c < s.c(); c++) {
          y[out] += (double) x[in + c] * w[weight + c];
          dx[in + c] += (double) dy[out] * w[weight + c];
          dw[weight + c] += (double) dy[out] * x[in + c];
        }
      }
    }
  }
}
