package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;
import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.kernel.GemmShape;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorGemmTest {
  private static final int[][] SIZES = {
    {0, 3, 4},
    {2, 0, 3},
    {2, 3, 0},
    {1, 1, 1},
    {7, 31, 33},
    {33, 7, 31},
    {257, 1, 7},
    {1, 257, 2},
    {13, 33, 500},
    {14, 70, 60},
    {31, 33, 257}
  };

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void everyTranspositionAndScale(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var gemm = new VectorGemm(workers, setup.lanes());
      for (var size : SIZES) {
        for (int flags = 0; flags < 4; flags++) {
          boolean ta = (flags & 1) != 0;
          boolean tb = (flags & 2) != 0;
          check(gemm, ta, tb, size[0], size[1], size[2], 1, 0);
          check(gemm, ta, tb, size[0], size[1], size[2], 0.3, -0.5);
        }
        check(gemm, false, false, size[0], size[1], size[2], 2, 1);
        check(gemm, false, false, size[0], size[1], size[2], 0, 0);
      }
    }
  }

  /// More rows, columns and depth than one block holds.
  @Test
  void severalBlocks() {
    try (var workers = new Workers(2)) {
      var gemm = new VectorGemm(workers, Lanes.preferred());
      check(gemm, false, true, 500, 70, 800, 1, 0);
      check(gemm, true, false, 20, 2100, 400, 1, 1);
      check(gemm, false, false, 620, 600, 400, 1, 0);
      check(gemm, true, true, 300, 90, 801, 0.3, -0.5);
    }
  }

  private static void check(
      VectorGemm gemm, boolean ta, boolean tb, int m, int n, int k, double alpha, double beta) {
    var a = normal(m * k, 1);
    var b = normal(k * n, 2);
    var old = normal(m * n, 3);
    var c = beta == 0 ? output(m * n) : of(old);
    gemm.gemm(new GemmShape(ta, tb, m, n, k), alpha, of(a), of(b), beta, c);
    assertClose(
        c,
        1e-4,
        i -> {
          var sum = 0.0;
          for (int p = 0; p < k; p++) {
            var x = a[ta ? p * m + i / n : i / n * k + p];
            sum += alpha * x * b[tb ? i % n * k + p : p * n + i % n];
          }
          return sum + beta * old[i];
        },
        String.format(
            Locale.ROOT, "gemm %s %s [%d, %d, %d] alpha %s beta %s", ta, tb, m, n, k, alpha, beta));
  }

  @Test
  void sameBitsEveryTime() {
    try (var workers = new Workers(3)) {
      var gemm = new VectorGemm(workers, Lanes.preferred());
      var a = of(normal(100 * 300, 1));
      var b = of(normal(300 * 90, 2));
      var first = output(100 * 90);
      gemm.gemm(new GemmShape(false, false, 100, 90, 300), 1, a, b, 0, first);
      for (int i = 0; i < 20; i++) {
        var again = output(100 * 90);
        gemm.gemm(new GemmShape(false, false, 100, 90, 300), 1, a, b, 0, again);
        assertThat(again.array()).isEqualTo(first.array());
      }
    }
  }
}
