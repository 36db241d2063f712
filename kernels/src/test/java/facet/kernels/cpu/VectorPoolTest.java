package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;
import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.kernel.Pool2dShape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorPoolTest {
  private static final List<Pool2dShape> SHAPES =
      List.of(
          new Pool2dShape(0, 4, 4, 3, 2, 2, 2, 0),
          new Pool2dShape(1, 1, 1, 1, 1, 1, 1, 0),
          new Pool2dShape(2, 7, 5, 3, 3, 3, 2, 1),
          new Pool2dShape(3, 6, 9, 37, 2, 3, 1, 1),
          new Pool2dShape(2, 7, 7, 64, 7, 7, 1, 0));

  /// Calls back for every pixel of every window, with indices of `x` and of `y`.
  private interface Visitor {
    void visit(int i, int o, int pixel, int area);
  }

  private static void visit(Pool2dShape s, Visitor visitor) {
    for (int pixel = 0; pixel < s.n() * s.oh() * s.ow(); pixel++) {
      int n = pixel / (s.oh() * s.ow());
      int y0 = pixel / s.ow() % s.oh() * s.stride() - s.pad();
      int x0 = pixel % s.ow() * s.stride() - s.pad();
      int area = 0;
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < s.kh() * s.kw(); k++) {
          int iy = y0 + k / s.kw();
          int ix = x0 + k % s.kw();
          if (iy < 0 || iy >= s.h() || ix < 0 || ix >= s.w()) {
            continue;
          }
          area += pass == 0 ? 1 : 0;
          for (int c = 0; c < s.c() && pass == 1; c++) {
            int position = iy * s.w() + ix;
            visitor.visit(
                (n * s.h() * s.w() + position) * s.c() + c, pixel * s.c() + c, position, area);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void maximum(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new VectorPool(workers, setup.lanes());
      for (var s : SHAPES) {
        var x = normal(s.n() * s.h() * s.w() * s.c(), 1);
        for (int i = 0; i < x.length; i++) {
          x[i] = Math.round(x[i]) - 9; // ties, and nothing above the padding's zeros
        }
        var outputs = s.n() * s.oh() * s.ow() * s.c();
        var best = new float[outputs];
        var where = new int[outputs];
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        var dy = normal(outputs, 2);
        visit(
            s,
            (i, o, position, area) -> {
              if (x[i] > best[o]) {
                best[o] = x[i];
                where[o] = position;
              }
            });
        var y = output(outputs);
        var argmax = Setup.ints(new int[outputs]);
        kernels.maxForward(s, of(x), y, argmax);
        assertClose(y, 0, i -> best[i], s);
        assertThat(argmax.array()).isEqualTo(where);

        var expected = new double[x.length];
        visit(s, (i, o, position, area) -> expected[i] += position == where[o] ? dy[o] : 0);
        var dx = output(x.length);
        kernels.maxBackward(s, of(dy), argmax, dx);
        assertClose(dx, 1e-6, i -> expected[i], s);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void average(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new VectorPool(workers, setup.lanes());
      for (var s : SHAPES) {
        var x = normal(s.n() * s.h() * s.w() * s.c(), 1);
        var outputs = s.n() * s.oh() * s.ow() * s.c();
        var dy = normal(outputs, 2);
        var means = new double[outputs];
        var expected = new double[x.length];
        visit(
            s,
            (i, o, position, area) -> {
              means[o] += (double) x[i] / area;
              expected[i] += (double) dy[o] / area;
            });
        var y = output(outputs);
        kernels.averageForward(s, of(x), y);
        assertClose(y, 1e-6, i -> means[i], s);
        var dx = output(x.length);
        kernels.averageBackward(s, of(dy), dx);
        assertClose(dx, 1e-6, i -> expected[i], s);
      }
    }
  }
}
