package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;

import facet.tensor.kernel.Conv2dShape;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SimpleGemmConvTest {
  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void gemm(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new SimpleGemm(workers, setup.lanes());
      for (var size : new int[][] {{0, 3, 4}, {2, 3, 0}, {1, 1, 1}, {5, 33, 17}, {9, 2, 300}}) {
        int m = size[0];
        int n = size[1];
        int k = size[2];
        var a = normal(m * k, 1);
        var b = normal(k * n, 2);
        var old = normal(m * n, 3);
        for (int flags = 0; flags < 8; flags++) {
          boolean ta = (flags & 1) != 0;
          boolean tb = (flags & 2) != 0;
          var beta = (flags & 4) != 0 ? -0.5 : 0;
          var c = beta == 0 ? output(m * n) : of(old);
          kernels.gemm(ta, tb, m, n, k, 0.3, of(a), of(b), beta, c);
          assertClose(
              c,
              1e-5,
              i -> {
                var sum = 0.0;
                for (int p = 0; p < k; p++) {
                  var x = a[ta ? p * m + i / n : i / n * k + p];
                  sum += 0.3 * x * b[tb ? i % n * k + p : p * n + i % n];
                }
                return sum + beta * old[i];
              },
              "gemm");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void conv(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new SimpleConv(workers, setup.lanes());
      for (var s :
          List.of(
              new Conv2dShape(0, 4, 4, 3, 2, 3, 3, 1, 1),
              new Conv2dShape(1, 1, 1, 1, 1, 3, 3, 1, 1),
              new Conv2dShape(2, 7, 5, 3, 4, 3, 3, 2, 1),
              new Conv2dShape(2, 6, 6, 19, 3, 1, 1, 2, 0),
              new Conv2dShape(1, 5, 8, 2, 3, 2, 4, 1, 2))) {
        conv(kernels, s);
      }
    }
  }

  private static void conv(SimpleConv kernels, Conv2dShape s) {
    var x = normal(s.n() * s.h() * s.w() * s.c(), 1);
    var w = normal(s.o() * s.kh() * s.kw() * s.c(), 2);
    var dy = normal(s.n() * s.oh() * s.ow() * s.o(), 3);
    var y = new double[dy.length];
    var dx = new double[x.length];
    var dw = new double[w.length];
    for (int i = 0; i < dy.length * s.kh() * s.kw() * s.c(); i++) {
      int tap = i % (s.kh() * s.kw() * s.c());
      int out = i / (s.kh() * s.kw() * s.c());
      int pixel = out / s.o();
      int iy = pixel / s.ow() % s.oh() * s.stride() - s.pad() + tap / (s.kw() * s.c());
      int ix = pixel % s.ow() * s.stride() - s.pad() + tap / s.c() % s.kw();
      if (iy >= 0 && iy < s.h() && ix >= 0 && ix < s.w()) {
        int in =
            ((pixel / (s.oh() * s.ow()) * s.h() + iy) * s.w() + ix) * s.c() + tap % s.c();
        int weight = out % s.o() * s.kh() * s.kw() * s.c() + tap;
        y[out] += (double) x[in] * w[weight];
        dx[in] += (double) dy[out] * w[weight];
        dw[weight] += (double) dy[out] * x[in];
      }
    }
    var outY = output(y.length);
    kernels.forward(s, of(x), of(w), outY);
    assertClose(outY, 1e-5, i -> y[i], "y");
    var outX = output(x.length);
    kernels.backwardData(s, of(dy), of(w), outX);
    assertClose(outX, 1e-5, i -> dx[i], "dx");
    var outW = output(w.length);
    kernels.backwardWeight(s, of(x), of(dy), outW);
    assertClose(outW, 1e-5, i -> dw[i], "dw");
  }
}
