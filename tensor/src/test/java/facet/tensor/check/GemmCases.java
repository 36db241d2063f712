package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.inOut;
import static facet.tensor.check.KernelCase.out;

import facet.tensor.kernel.GemmShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cases of [facet.tensor.kernel.GemmKernels].
final class GemmCases {
  private static final int[][] SIZES = { // m, n, k
    {0, 3, 4},
    {3, 0, 4},
    {3, 4, 0},
    {1, 1, 1},
    {1, 1, 257},
    {1, 257, 7},
    {257, 1, 8},
    {7, 8, 31},
    {8, 16, 8},
    {31, 33, 7},
    {33, 31, 33},
    {6, 64, 512},
    {257, 33, 31},
    {33, 257, 8},
    {2, 5, 1000}
  };

  private GemmCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var ta : new boolean[] {false, true}) {
      for (var tb : new boolean[] {false, true}) {
        for (var size : SIZES) {
          cases.add(gemm("", ta, tb, size, 1, 1, 0));
        }
        cases.add(gemm(" accumulating", ta, tb, new int[] {33, 31, 8}, 1, 1, 1));
        cases.add(gemm(" scaled", ta, tb, new int[] {7, 33, 31}, 1, -0.5, 0.25));
        cases.add(gemm(" nothing to add", ta, tb, new int[] {7, 5, 0}, 1, 2, 0.5));
        cases.add(gemm(" large values", ta, tb, new int[] {9, 17, 33}, 1e4, 1, 0));
        cases.add(gemm(" tiny values", ta, tb, new int[] {9, 17, 33}, 1e-30, 1, 1));
        cases.add(gemm(" many tiles", ta, tb, new int[] {130, 150, 130}, 1, 1, 0));
      }
    }
    cases.add(gemm(" deep", true, false, new int[] {33, 40, 3000}, 1, 1, 1));
    return cases;
  }

  private static KernelCase gemm(
      String label, boolean ta, boolean tb, int[] size, double values, double alpha, double beta) {
    var m = size[0];
    var n = size[1];
    var k = size[2];
    var magnitude = (Math.abs(alpha) * Math.sqrt(k) + Math.abs(beta)) * values * values;
    var c = Data.normal(m * n, beta == 0 ? 0 : values, 3);
    return KernelCase.of(
        "gemm.gemm",
        String.format(
            Locale.ROOT,
            "%dx%dx%d%s%s%s",
            m,
            n,
            k,
            ta ? " a transposed" : "",
            tb ? " b transposed" : "",
            label),
        (b, s) ->
            b.kernels().gemm().gemm(new GemmShape(ta, tb, m, n, k), alpha, s[0], s[1], beta, s[2]),
        in(Data.normal(m * k, values, 1)),
        in(Data.normal(k * n, values, 2)),
        beta == 0 ? out(m * n, magnitude) : inOut(c, magnitude));
  }
}
