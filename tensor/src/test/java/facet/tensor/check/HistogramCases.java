package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.out;
import static facet.tensor.check.KernelCase.outElementwise;

import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.HistogramKernels.Branches;
import facet.tensor.kernel.HistogramKernels.Comparison;
import facet.tensor.kernel.HistogramKernels.Density;
import facet.tensor.kernel.HistogramKernels.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/// Cases of [facet.tensor.kernel.HistogramKernels].
final class HistogramCases {
  private static final HistogramGrid[] GRIDS = {
    new HistogramGrid(-1, 2.0 / 256, 257, 50),
    new HistogramGrid(0, 0.001, 1000, 50),
    new HistogramGrid(-1, 2.0 / 32, 33, 400),
    new HistogramGrid(0.3, 1, 1, 5)
  };

  private HistogramCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var n : KernelCases.SIZES) {
      var s = Data.uniform(n, -0.3, 0.9, 1);
      var some = Data.fill(n, k -> k % 4 == 1 ? HistogramKernels.NO_SAMPLE : s[k]);
      var weight = Data.fill(n, k -> k % 4 == 1 ? 0 : 1);
      select(cases, n + " similarities", s);
      select(cases, n + " similarities, some missing", some);
      select(cases, n + " negative", Data.uniform(n, -1, 0, 2));
      select(cases, n + " zeros", Data.fill(n, k -> k % 2 == 0 ? 0 : -0.0));
      select(cases, n + " missing", Data.fill(n, k -> HistogramKernels.NO_SAMPLE));
      for (var grid : GRIDS) {
        var label = String.format(Locale.ROOT, "%d on %d nodes", n, grid.nodes());
        softHistogram(cases, label, grid, some, weight);
        softHistogram(cases, label + ", none", grid, some, new double[n]);
      }
      mean(cases, n + " similarities", some, weight);
      mean(cases, n + " similarities, none", some, new double[n]);
    }
    softHistogram(
        cases, "cosines of +-1", GRIDS[0], new double[] {1, -1, 1}, new double[] {1, 1, 1});
    for (var nodes : new int[] {1, 7, 8, 33, 257, 1000}) {
      var p = Data.histogram(nodes, 1);
      var q = Data.histogram(nodes, 2);
      divergence(cases, nodes + " nodes", p, q);
      divergence(cases, nodes + " nodes, equal", p, p);
      divergence(cases, nodes + " nodes, p empty", new double[nodes], q);
      divergence(cases, nodes + " nodes, q empty", p, new double[nodes]);
    }
    for (var branches = 1; branches <= 9; branches += 2) {
      order(cases, branches + " branches", branches, Data.fill(2 * branches, i -> 3));
      order(
          cases,
          branches + " branches, some empty",
          branches,
          Data.fill(2 * branches, i -> i % 3 == 1 ? 0 : 2));
      order(cases, branches + " branches, all empty", branches, new double[2 * branches]);
    }
    return cases;
  }

  private static void select(List<KernelCase> cases, String label, double[] s) {
    for (var positiveOnly : new boolean[] {false, true}) {
      cases.add(
          KernelCase.of(
              "histogram.select",
              label + (positiveOnly ? ", positive only" : ""),
              (b, a) ->
                  b.kernels()
                      .histogram()
                      .select(new Samples(s.length, a[0], a[1], a[2]), positiveOnly),
              in(s),
              outElementwise(s.length),
              outElementwise(1)));
    }
  }

  private static void softHistogram(
      List<KernelCase> cases, String label, HistogramGrid grid, double[] s, double[] weight) {
    var n = s.length;
    var count = DoubleStream.of(weight).sum();
    var histogram = histogram(grid, s, weight);
    var z = 0.0;
    for (var h : histogram) {
      z += h;
    }
    var total = z;
    var p = Data.fill(grid.nodes(), r -> total == 0 ? 0 : histogram[r] / total);
    var dp = Data.normal(grid.nodes(), 1, 3);
    cases.add(
        KernelCase.of(
            "histogram.softHistogram",
            label,
            (b, a) ->
                b.kernels()
                    .histogram()
                    .softHistogram(new Samples(n, a[0], a[1], a[2]), grid, new Density(a[3], a[4])),
            in(s),
            in(weight),
            in(count),
            out(grid.nodes()),
            outElementwise(1)));
    cases.add(
        KernelCase.of(
            "histogram.softHistogramBackward",
            label,
            (b, a) ->
                b.kernels()
                    .histogram()
                    .softHistogramBackward(
                        new Samples(n, a[0], a[1], a[2]),
                        grid,
                        new Density(a[3], a[4]),
                        a[5],
                        a[6]),
            in(s),
            in(weight),
            in(count),
            in(p),
            in(z),
            in(dp),
            out(n, Math.sqrt(2 * grid.gamma()) / Math.max(n, 1))));
  }

  private static double[] histogram(HistogramGrid grid, double[] s, double[] weight) {
    var histogram = new double[grid.nodes()];
    for (var r = 0; r < grid.nodes(); r++) {
      for (var k = 0; k < s.length; k++) {
        histogram[r] += weight[k] * Math.exp(-grid.gamma() * Math.pow(s[k] - grid.node(r), 2));
      }
    }
    return histogram;
  }

  private static void divergence(List<KernelCase> cases, String label, double[] p, double[] q) {
    cases.add(
        KernelCase.of(
            "histogram.divergence",
            label,
            (b, a) ->
                b.kernels()
                    .histogram()
                    .divergence(new Comparison(p.length, a[0], a[1], 1e-9, 0.3), a[2]),
            in(p),
            in(q),
            out(1, 1)));
    cases.add(
        KernelCase.of(
            "histogram.divergenceBackward",
            label,
            (b, a) ->
                b.kernels()
                    .histogram()
                    .divergenceBackward(
                        new Comparison(p.length, a[0], a[1], 1e-9, 0.3), a[2], a[3], a[4]),
            in(p),
            in(q),
            in(-1.5),
            out(p.length, 1),
            outElementwise(p.length)));
  }

  private static void mean(List<KernelCase> cases, String label, double[] s, double[] weight) {
    var count = DoubleStream.of(weight).sum();
    cases.add(
        KernelCase.of(
            "histogram.mean",
            label,
            (b, a) -> b.kernels().histogram().mean(new Samples(s.length, a[0], a[1], a[2]), a[3]),
            in(s),
            in(weight),
            in(count),
            out(1, 1)));
    cases.add(
        KernelCase.of(
            "histogram.meanBackward",
            label,
            (b, a) ->
                b.kernels()
                    .histogram()
                    .meanBackward(new Samples(s.length, a[0], a[1], a[2]), -0.5, a[3], a[4]),
            in(s),
            in(weight),
            in(count),
            in(1.3),
            outElementwise(s.length)));
  }

  private static void order(List<KernelCase> cases, String label, int branches, double[] counts) {
    cases.add(
        KernelCase.of(
            "histogram.order",
            label,
            (b, a) ->
                b.kernels().histogram().order(new Branches(branches, a[0], a[1]), 0.5, a[2], a[3]),
            in(Data.uniform(2 * branches, -1, 1, 1)),
            in(counts),
            out(1, branches),
            out(2 * branches, 1)));
  }
}
