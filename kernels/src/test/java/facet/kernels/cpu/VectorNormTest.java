package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;
import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.NormKernels.Epilogue;
import facet.tensor.kernel.NormKernels.EpilogueGradient;
import facet.tensor.kernel.NormKernels.Running;
import facet.tensor.kernel.NormKernels.Statistics;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorNormTest {
  private static final double EPS = 2e-5;
  private static final int[][] SHAPES = {
    {1, 1}, {2, 3}, {5, 8}, {33, 7}, {4099, 3}, {2000, 64}, {130, 257}, {700, 300}
  };

  /// What the kernels should compute, in double.
  private static final class Expected {
    final int channels;
    final double[] mean;
    final double[] variance;
    final double[] z;
    final double[] xhat;

    Expected(int rows, int channels, float[] x, float[] gamma, float[] beta) {
      this.channels = channels;
      mean = new double[channels];
      variance = new double[channels];
      z = new double[x.length];
      xhat = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        mean[i % channels] += (double) x[i] / rows;
      }
      for (int i = 0; i < x.length; i++) {
        variance[i % channels] += Math.pow(x[i] - mean[i % channels], 2) / rows;
      }
      for (int i = 0; i < x.length; i++) {
        int c = i % channels;
        xhat[i] = (x[i] - mean[c]) / Math.sqrt(variance[c] + EPS);
        z[i] = xhat[i] * gamma[c] + beta[c];
      }
    }

    double[] sums(double[] terms) {
      var sums = new double[channels];
      for (int i = 0; i < terms.length; i++) {
        sums[i % channels] += terms[i];
      }
      return sums;
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void forwardTraining(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new VectorNorm(workers, setup.lanes());
      for (var shape : SHAPES) {
        int rows = shape[0];
        int channels = shape[1];
        var x = normal(rows * channels, 1);
        var gamma = normal(channels, 2);
        var beta = normal(channels, 3);
        var slope = normal(channels, 4);
        var residual = normal(x.length, 5);
        var expected = new Expected(rows, channels, x, gamma, beta);
        var mean = output(channels);
        var invStd = output(channels);
        var y = output(x.length);
        for (int fused = 0; fused < 3; fused++) {
          var runningMean = of(new float[channels]);
          var runningVar = of(new float[channels]);
          var layer =
              new Epilogue(
                  of(gamma),
                  of(beta),
                  fused == 1 ? of(slope) : null,
                  fused == 2 ? of(residual) : null);
          var running = new Running(runningMean, runningVar, EPS);
          var batch = new Statistics(mean, invStd);
          kernels.forwardTraining(new Matrix(rows, channels, of(x)), layer, running, 0.1, batch, y);
          var tolerance = 2e-5; // two rows that nearly agree have a large 1 / sqrt(var)
          switch (fused) {
            case 0 -> assertClose(y, tolerance, i -> expected.z[i], "y");
            case 1 ->
                assertClose(y, tolerance, i -> prelu(expected.z[i], slope[i % channels]), "prelu");
            default -> assertClose(y, tolerance, i -> expected.z[i] + residual[i], "residual");
          }
          var bessel = rows / Math.max(rows - 1.0, 1);
          assertClose(mean, 1e-6, c -> expected.mean[c], "mean");
          assertClose(invStd, 1e-5, c -> 1 / Math.sqrt(expected.variance[c] + EPS), "invStd");
          assertClose(runningMean, 1e-6, c -> 0.1 * expected.mean[c], "running mean");
          assertClose(runningVar, 1e-6, c -> 0.1 * bessel * expected.variance[c], "running var");
        }
      }
    }
  }

  private static double prelu(double z, double slope) {
    return z > 0 ? z : slope * z;
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void forwardInference(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new VectorNorm(workers, setup.lanes());
      int rows = 77;
      int channels = 5;
      var x = normal(rows * channels, 1);
      var y = output(x.length);
      float[] mean = {1, -2, 0, 3, 4};
      float[] variance = {1, 4, 0, 9, 16};
      float[] gamma = {1, 2, 3, 4, -5};
      float[] beta = {0, 1, 0, -1, 7};
      kernels.forwardInference(
          new Matrix(rows, channels, of(x)),
          new Epilogue(of(gamma), of(beta)),
          new Running(of(mean), of(variance), EPS),
          y);
      assertClose(
          y,
          1e-6,
          i -> {
            int c = i % channels;
            return (x[i] - mean[c]) / Math.sqrt(variance[c] + EPS) * gamma[c] + beta[c];
          },
          "y");
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void backward(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new VectorNorm(workers, setup.lanes());
      for (var shape : SHAPES) {
        for (var batchStatistics : new boolean[] {true, false}) {
          backward(kernels, shape[0], shape[1], batchStatistics, true);
          backward(kernels, shape[0], shape[1], batchStatistics, false);
        }
      }
    }
  }

  private static void backward(
      VectorNorm kernels, int rows, int channels, boolean batchStatistics, boolean withSlope) {
    var x = normal(rows * channels, 1);
    var gamma = normal(channels, 2);
    var beta = normal(channels, 3);
    var slope = normal(channels, 4);
    var dy = normal(x.length, 5);
    var e = new Expected(rows, channels, x, gamma, beta);
    var dz = new double[x.length];
    var dzXhat = new double[x.length];
    var dslopes = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      var negative = withSlope && e.z[i] <= 0;
      dz[i] = negative ? dy[i] * (double) slope[i % channels] : dy[i];
      dzXhat[i] = dz[i] * e.xhat[i];
      dslopes[i] = negative ? dy[i] * e.z[i] : 0;
    }
    var dbeta = e.sums(dz);
    var dgamma = e.sums(dzXhat);
    var dslope = e.sums(dslopes);

    var invStd = new float[channels];
    var mean = new float[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = (float) e.mean[c];
      invStd[c] = (float) (1 / Math.sqrt(e.variance[c] + EPS));
    }
    var dx = output(x.length);
    var outGamma = output(channels);
    var outBeta = output(channels);
    var outSlope = withSlope ? output(channels) : null;
    kernels.backward(
        new Matrix(rows, channels, of(x)),
        new Epilogue(of(gamma), of(beta), withSlope ? of(slope) : null, null),
        new Statistics(of(mean), of(invStd)),
        batchStatistics,
        of(dy),
        dx,
        new EpilogueGradient(outGamma, outBeta, outSlope));
    assertClose(outBeta, 2e-5, c -> dbeta[c], "dbeta");
    assertClose(outGamma, 2e-5, c -> dgamma[c], "dgamma");
    if (outSlope != null) {
      assertClose(outSlope, 2e-5, c -> dslope[c], "dslope");
    }
    var statistics = batchStatistics ? 1.0 / rows : 0;
    assertClose(
        dx,
        1e-4,
        i -> {
          int c = i % channels;
          var correction = (dbeta[c] + e.xhat[i] * dgamma[c]) * statistics;
          return gamma[c] * (double) invStd[c] * (dz[i] - correction);
        },
        "dx");
  }

  @Test
  void varianceDoesNotCancelBesideALargeMean() {
    int rows = 50_000;
    var x = normal(rows * 3, 9);
    for (int i = 0; i < x.length; i++) {
      x[i] += 10_000;
    }
    x[0] = 10_040; // an outlier as the first row
    var gamma = new float[] {1, 1, 1};
    var expected = new Expected(rows, 3, x, gamma, new float[3]);
    try (var workers = new Workers(2)) {
      var invStd = output(3);
      var ignored = of(0, 0, 0);
      new VectorNorm(workers, Lanes.preferred())
          .forwardTraining(
              new Matrix(rows, 3, of(x)),
              new Epilogue(of(gamma), of(0, 0, 0)),
              new Running(ignored, ignored, 0),
              0.1,
              new Statistics(output(3), invStd),
              output(x.length));
      assertClose(invStd, 1e-6, c -> 1 / Math.sqrt(expected.variance[c]), "invStd");
    }
  }

  @Test
  void constantChannelsHaveNoVariance() {
    try (var workers = new Workers(1)) {
      int rows = 300;
      var x = new float[rows];
      Arrays.fill(x, 0.1f);
      var invStd = output(1);
      var y = output(rows);
      new VectorNorm(workers, Lanes.preferred())
          .forwardTraining(
              new Matrix(rows, 1, of(x)),
              new Epilogue(of(1), of(0.5f)),
              new Running(of(0), of(0), 1e-5),
              0.1,
              new Statistics(output(1), invStd),
              y);
      assertClose(y, 0, i -> 0.5, "y");
      assertThat(Setup.values(invStd)[0]).isEqualTo((float) (1 / Math.sqrt(1e-5)));
    }
  }
}
