package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;

import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.HistogramKernels.Branches;
import facet.tensor.kernel.HistogramKernels.Comparison;
import facet.tensor.kernel.HistogramKernels.Density;
import facet.tensor.kernel.HistogramKernels.Samples;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorHistogramTest {
  private static final float NONE = (float) HistogramKernels.NO_SAMPLE;
  private static final List<HistogramGrid> GRIDS =
      List.of(
          new HistogramGrid(-1, 0.01, 201, 5000),
          new HistogramGrid(0, 0.25, 4, 8),
          new HistogramGrid(-1, 0.1, 21, 50));

  private static void with(Setup setup, Consumer<VectorHistogram> test) {
    try (var workers = new Workers(setup.threads())) {
      test.accept(new VectorHistogram(workers, setup.lanes()));
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void select(Setup setup) {
    with(
        setup,
        kernels -> {
          select(kernels, false, new float[] {}, new float[] {});
          select(kernels, false, new float[] {-0.5f, NONE, 0, 1}, new float[] {1, 0, 1, 1});
          select(kernels, true, new float[] {-0.5f, NONE, 0, 1}, new float[] {0, 0, 0, 1});
          select(kernels, true, new float[] {-0.5f, NONE, 0}, new float[] {1, 0, 1});
        });
  }

  private static void select(
      VectorHistogram kernels, boolean positiveOnly, float[] s, float[] expected) {
    var weight = output(s.length);
    var count = output(1);
    kernels.select(new Samples(s.length, of(s), weight, count), positiveOnly);
    assertClose(weight, 0, i -> expected[i], "weight");
    var total = 0f;
    for (var w : expected) {
      total += w;
    }
    var sum = total;
    assertClose(count, 0, i -> sum, "count");
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void softHistogramAndItsBackward(Setup setup) {
    with(
        setup,
        kernels -> {
          for (var grid : GRIDS) {
            for (var n : new int[] {0, 1, 2, 129, 1000}) {
              softHistogram(kernels, grid, n);
            }
          }
        });
  }

  private static void softHistogram(VectorHistogram kernels, HistogramGrid grid, int n) {
    var s = normal(n, 1);
    var weight = new float[n];
    for (int k = 0; k < n; k++) {
      s[k] = Math.clamp(s[k] * 0.3f, -1, 1);
      weight[k] = k % 5 == 1 ? 0 : 1;
    }
    int nodes = grid.nodes();
    var h = new double[nodes];
    var z = 0.0;
    for (int r = 0; r < nodes; r++) {
      for (int k = 0; k < n; k++) {
        h[r] += weight[k] * Math.exp(-grid.gamma() * Math.pow(s[k] - grid.node(r), 2));
      }
      z += h[r];
    }
    var total = z;
    var p = output(nodes);
    var outZ = output(1);
    var samples = new Samples(n, of(s), of(weight), of(0));
    kernels.softHistogram(samples, grid, new Density(p, outZ));
    assertClose(p, 1e-7, r -> total == 0 ? 0 : h[r] / total, "p");
    assertClose(outZ, 1e-6, r -> total, "z");

    var dp = normal(nodes, 2);
    var mean = 0.0;
    for (int r = 0; r < nodes && z > 0; r++) {
      mean += dp[r] * h[r] / z;
    }
    var expected = new double[n];
    var largest = 0.0;
    for (int k = 0; k < n; k++) {
      for (int r = 0; r < nodes && z > 0; r++) {
        var d = s[k] - grid.node(r);
        var kernel = Math.exp(-grid.gamma() * d * d);
        expected[k] += weight[k] / z * (dp[r] - mean) * -2 * grid.gamma() * d * kernel;
      }
      largest = Math.max(largest, Math.abs(expected[k]));
    }
    var ds = output(n);
    kernels.softHistogramBackward(samples, grid, new Density(p, outZ), of(dp), ds);
    assertClose(ds, 2e-6 * (1 + largest), k -> expected[k], "ds");
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void divergence(Setup setup) {
    with(
        setup,
        kernels -> {
          float[] p = {0.5f, 0, 0.5f};
          float[] q = {0.25f, 0.25f, 0.5f};
          var e = 1e-5;
          var y = output(1);
          kernels.divergence(new Comparison(3, of(p), of(q), e, 2), y);
          var expected = 0.0;
          for (int r = 0; r < 3; r++) {
            expected += 2 * (p[r] + e) * Math.log((p[r] + e) / (q[r] + e));
          }
          var sum = expected;
          assertClose(y, 1e-7, i -> sum, "divergence");
          var dp = output(3);
          var dq = output(3);
          kernels.divergenceBackward(new Comparison(3, of(p), of(q), e, 2), of(3), dp, dq);
          assertClose(dp, 1e-6, r -> 6 * (Math.log((p[r] + e) / (q[r] + e)) + 1), "dp");
          assertClose(dq, 1e-6, r -> -6 * (p[r] + e) / (q[r] + e), "dq");

          kernels.divergence(new Comparison(3, of(p), of(0, 0, 0), e, 2), y);
          assertClose(y, 0, i -> 0, "empty");
          kernels.divergenceBackward(new Comparison(3, of(0, 0, 0), of(q), 0, 2), of(3), dp, dq);
          assertClose(dp, 0, i -> 0, "dp of empty");
          assertClose(dq, 0, i -> 0, "dq of empty");
        });
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void meanAndOrder(Setup setup) {
    with(
        setup,
        kernels -> {
          var y = output(1);
          var ds = output(3);
          kernels.mean(new Samples(3, of(0.1f, NONE, 0.5f), of(1, 0, 1), of(2)), y);
          assertClose(y, 1e-7, i -> 0.3, "mean");
          kernels.meanBackward(new Samples(3, of(0, 0, 0), of(1, 0, 1), of(2)), 2, of(5), ds);
          assertClose(ds, 1e-7, i -> i == 1 ? 0 : 5, "ds");
          kernels.mean(new Samples(3, of(NONE, NONE, NONE), of(0, 0, 0), of(0)), y);
          assertClose(y, 0, i -> 0, "no sample");
          kernels.meanBackward(new Samples(3, of(0, 0, 0), of(0, 0, 0), of(0)), 2, of(5), ds);
          assertClose(ds, 0, i -> 0, "no sample");

          // Positives 0.8 and (none), negatives 0.1 and 0.3.
          float[] expected = {-1, 0, 0.5f, 0.5f};
          var dmeans = output(4);
          kernels.order(new Branches(2, of(0.8f, 0, 0.1f, 0.3f), of(3, 0, 1, 1)), 0.5, y, dmeans);
          assertClose(y, 1e-7, i -> 0.5 * (0.1 - 0.8 + 0.3 - 0.8), "order");
          assertClose(dmeans, 1e-7, i -> expected[i], "dmeans");
        });
  }
}
