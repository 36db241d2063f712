package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.inOut;
import static facet.tensor.check.KernelCase.out;
import static facet.tensor.check.KernelCase.outElementwise;

import facet.tensor.Storage;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.NormKernels.Epilogue;
import facet.tensor.kernel.NormKernels.EpilogueGradient;
import facet.tensor.kernel.NormKernels.Running;
import facet.tensor.kernel.NormKernels.Statistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cases of [facet.tensor.kernel.NormKernels].
final class NormCases {
  private static final double EPS = 1e-5;
  private static final int[][] SIZES = { // rows, channels
    {1, 1}, {1, 33}, {7, 8}, {8, 7}, {31, 1}, {33, 257}, {257, 31}, {257, 64}, {5000, 9}
  };

  private NormCases() {}

  /// What is fused behind the normalisation.
  private enum Then {
    PLAIN,
    SLOPE,
    RESIDUAL
  }

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var then : Then.values()) {
      for (var size : SIZES) {
        var x = Data.normal(size[0] * size[1], 1, 1);
        add(cases, "", then, size[0], size[1], x);
      }
      cases.add(inference("", then, 0, 5, new double[0]));
      add(cases, " constant", then, 33, 9, Data.fill(33 * 9, i -> 3));
      add(cases, " far from 0", then, 257, 8, Data.fill(257 * 8, i -> 1000 + i * 7 % 13));
      add(cases, " large", then, 31, 8, Data.normal(31 * 8, 1e4, 1));
      add(cases, " tiny", then, 31, 8, Data.normal(31 * 8, 1e-30, 1));
    }
    for (var channels : KernelCases.SIZES) {
      cases.add(
          KernelCase.of(
              "norm.inverseStd",
              channels + " channels",
              (b, s) -> b.kernels().norm().inverseStd(channels, new Running(s[0], s[0], EPS), s[1]),
              in(Data.uniform(channels, 0, 4, 1)),
              outElementwise(channels)));
    }
    return cases;
  }

  private static void add(
      List<KernelCase> cases, String label, Then then, int rows, int channels, double[] x) {
    var largest = Closeness.largest(x);
    cases.add(training(label, then, rows, channels, x, largest));
    cases.add(inference(label, then, rows, channels, x));
    if (then != Then.RESIDUAL) {
      cases.add(backward(label, then, true, false, rows, channels, x));
      cases.add(backward(label, then, false, false, rows, channels, x));
      cases.add(backward(label + " in place", then, true, true, rows, channels, x));
    }
  }

  private static String label(Then then, int rows, int channels, String what) {
    var fused = then.name().toLowerCase(Locale.ROOT);
    return String.format(Locale.ROOT, "%dx%d %s%s", rows, channels, fused, what);
  }

  /// Made of the arguments 1 to 4.
  private static Epilogue layer(Then then, Storage... s) {
    var layer = new Epilogue(s[1], s[2]);
    return switch (then) {
      case PLAIN -> layer;
      case SLOPE -> layer.thenPRelu(s[3]);
      case RESIDUAL -> layer.thenAdd(s[4]);
    };
  }

  private static double[] gamma(int channels) {
    return Data.fill(channels, i -> i % 5 == 3 ? 0 : 1 - 0.3 * (i % 7));
  }

  private static double[] beta(int channels) {
    return Data.fill(channels, i -> 0.37 - 0.21 * (i % 4));
  }

  private static double[] slope(int channels) {
    return Data.fill(channels, i -> 0.25 - 0.1 * (i % 5));
  }

  private static KernelCase training(
      String label, Then then, int rows, int channels, double[] x, double largest) {
    // A mean near 1000 costs float32 three digits of x - mean.
    var size = Math.max(4, largest / standardDeviation(rows, channels, x));
    return KernelCase.of(
        "norm.forwardTraining",
        label(then, rows, channels, label),
        (b, s) ->
            b.kernels()
                .norm()
                .forwardTraining(
                    new Matrix(rows, channels, s[0]),
                    layer(then, s),
                    new Running(s[5], s[6], EPS),
                    0.1,
                    new Statistics(s[7], s[8]),
                    s[9]),
        in(x),
        in(gamma(channels)),
        in(beta(channels)),
        in(slope(channels)),
        in(Data.normal(rows * channels, 1, 4)),
        inOut(Data.normal(channels, 1, 5), largest),
        inOut(Data.uniform(channels, 0.5, 2, 6), 1),
        out(channels, largest),
        outElementwise(channels),
        out(rows * channels, size));
  }

  private static KernelCase inference(String label, Then then, int rows, int channels, double[] x) {
    return KernelCase.of(
        "norm.forwardInference",
        label(then, rows, channels, label),
        (b, s) ->
            b.kernels()
                .norm()
                .forwardInference(
                    new Matrix(rows, channels, s[0]),
                    layer(then, s),
                    new Running(s[5], s[6], EPS),
                    s[7]),
        in(x),
        in(gamma(channels)),
        in(beta(channels)),
        in(slope(channels)),
        in(Data.normal(rows * channels, 1, 4)),
        in(Data.normal(channels, 1, 5)),
        in(Data.uniform(channels, 0.5, 2, 6)),
        out(rows * channels));
  }

  private static KernelCase backward(
      String label,
      Then then,
      boolean batchStatistics,
      boolean inPlace,
      int rows,
      int channels,
      double[] x) {
    var mean = mean(rows, channels, x);
    var invStd = invStd(rows, channels, x, mean);
    var dy = Data.normal(rows * channels, 1, 7);
    var size = Math.max(4, Closeness.largest(x) * Closeness.largest(invStd));
    var largest = size * Closeness.largest(invStd);
    var slope = then == Then.SLOPE;
    var sums = size * Math.sqrt(rows);
    return KernelCase.of(
        "norm.backward",
        label(then, rows, channels, label + (batchStatistics ? "" : " given statistics")),
        (b, s) ->
            b.kernels()
                .norm()
                .backward(
                    new Matrix(rows, channels, s[0]),
                    layer(then, s),
                    new Statistics(s[4], s[5]),
                    batchStatistics,
                    s[6],
                    inPlace ? s[6] : s[7],
                    new EpilogueGradient(s[8], s[9], slope ? s[10] : null)),
        in(x),
        in(gamma(channels)),
        in(beta(channels)),
        in(slope(channels)),
        in(mean),
        in(invStd),
        inPlace ? inOut(dy, largest) : in(dy),
        inPlace ? in() : out(rows * channels, largest),
        out(channels, sums),
        out(channels, Math.sqrt(rows)),
        slope ? out(channels, sums) : in());
  }

  private static double[] mean(int rows, int channels, double[] x) {
    var mean = new double[channels];
    for (var i = 0; i < x.length; i++) {
      mean[i % channels] += x[i] / rows;
    }
    return Data.fill(channels, c -> mean[c]);
  }

  private static double[] invStd(int rows, int channels, double[] x, double[] mean) {
    var var = new double[channels];
    for (var i = 0; i < x.length; i++) {
      var[i % channels] += Math.pow(x[i] - mean[i % channels], 2) / rows;
    }
    return Data.fill(channels, c -> 1 / Math.sqrt(var[c] + EPS));
  }

  private static double standardDeviation(int rows, int channels, double[] x) {
    return 1 / Closeness.largest(invStd(rows, channels, x, mean(rows, channels, x)));
  }
}
