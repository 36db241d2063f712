package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.ints;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;
import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.RowKernels.Cosines;
import facet.tensor.kernel.RowKernels.Hardest;
import facet.tensor.kernel.RowKernels.UnitRows;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorRowTest {
  private static final int[][] SHAPES = {
    {0, 5}, {1, 1}, {3, 7}, {5, 33}, {17, 257}, {600, 5}, {2, 3001}
  };

  private static double dot(float[] a, int ao, float[] b, int bo, int n) {
    var sum = 0.0;
    for (int i = 0; i < n; i++) {
      sum += (double) a[ao + i] * b[bo + i];
    }
    return sum;
  }

  private static void with(Setup setup, Consumer<VectorRow> test) {
    try (var workers = new Workers(setup.threads())) {
      var gemm = new VectorGemm(workers, setup.lanes());
      test.accept(new VectorRow(workers, setup.lanes(), gemm));
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void normalizeAndItsBackward(Setup setup) {
    with(
        setup,
        kernels -> {
          for (var scale : new double[] {1, 1e-20, 1e-30, 1e25, 0}) {
            for (var shape : SHAPES) {
              int rows = shape[0];
              int columns = shape[1];
              var x = normal(rows * columns, 1);
              for (int i = 0; i < x.length; i++) {
                x[i] *= (float) scale;
              }
              var eps = scale == 1e-20 ? 1e-10 : 1e-37;
              var y = output(x.length);
              var norm = output(rows);
              kernels.normalize(new Matrix(rows, columns, of(x)), eps, new UnitRows(y, norm));
              var norms = new double[rows];
              for (int r = 0; r < rows; r++) {
                norms[r] = Math.max(Math.sqrt(dot(x, r * columns, x, r * columns, columns)), eps);
              }
              for (int r = 0; r < rows; r++) {
                assertThat(Setup.values(norm)[r] / norms[r]).isBetween(1 - 1e-6, 1 + 1e-6);
              }
              assertClose(y, 1e-6, i -> x[i] / norms[i / columns], "y");

              var dy = normal(x.length, 2);
              var unit = Setup.values(y);
              var dots = new double[rows];
              for (int r = 0; r < rows; r++) {
                dots[r] = norms[r] == eps ? 0 : dot(unit, r * columns, dy, r * columns, columns);
              }
              var dx = output(x.length);
              kernels.normalizeBackward(
                  new UnitRows(y, norm), eps, new Matrix(rows, columns, of(dy)), dx);
              for (int i = 0; i < x.length; i++) {
                int r = i / columns;
                var expected = dy[i] - unit[i] * dots[r];
                var actual = dx.array()[dx.offset() + i] * norms[r];
                assertThat(Math.abs(actual - expected)).isLessThan(2e-5);
              }
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void dotAndItsBackward(Setup setup) {
    with(
        setup,
        kernels -> {
          for (var shape : SHAPES) {
            int rows = shape[0];
            int columns = shape[1];
            var a = normal(rows * columns, 1);
            var b = normal(rows * columns, 2);
            var dy = normal(rows, 3);
            var y = output(rows);
            kernels.dot(new Matrix(rows, columns, of(a)), new Matrix(rows, columns, of(b)), y);
            assertClose(y, 1e-5, r -> dot(a, r * columns, b, r * columns, columns), "dot");
            var dx = output(a.length);
            kernels.dotBackward(of(dy), new Matrix(rows, columns, of(b)), dx);
            assertClose(dx, 1e-7, i -> (double) dy[i / columns] * b[i], "dx");
          }
        });
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void hardestNegativeAndItsBackward(Setup setup) {
    with(
        setup,
        kernels -> {
          hardestNegative(kernels, normal(0, 1), 4);
          hardestNegative(kernels, normal(4, 1), 4);
          hardestNegative(kernels, normal(10 * 3, 1), 3);
          hardestNegative(kernels, new float[530 * 2], 2); // ties everywhere, several tiles
          hardestNegative(kernels, normal(530 * 2, 1), 2);
        });
  }

  private static void hardestNegative(VectorRow kernels, float[] x, int columns) {
    int rows = x.length / columns;
    for (int identities : new int[] {1, 3, rows}) {
      var labels = new int[rows];
      var value = new double[rows];
      var where = new int[rows];
      for (int i = 0; i < rows; i++) {
        labels[i] = i * 7 % Math.max(identities, 1);
      }
      for (int i = 0; i < rows; i++) {
        value[i] = HistogramKernels.NO_SAMPLE;
        where[i] = -1;
        for (int j = 0; j < rows; j++) {
          var sim = (float) dot(x, i * columns, x, j * columns, columns);
          if (labels[j] != labels[i] && (where[i] < 0 || sim > value[i])) {
            value[i] = sim;
            where[i] = j;
          }
        }
      }
      var values = output(rows);
      var argmax = ints(new int[rows]);
      kernels.hardestNegative(
          new Matrix(rows, columns, of(x)), ints(labels), new Hardest(values, argmax));
      assertClose(values, 1e-6, i -> value[i], "value");
      assertThat(argmax.array()).isEqualTo(where);

      var dvalue = normal(rows, 5);
      var expected = new double[x.length];
      for (int i = 0; i < rows; i++) {
        for (int c = 0; c < columns && where[i] >= 0; c++) {
          expected[i * columns + c] += (double) dvalue[i] * x[where[i] * columns + c];
          expected[where[i] * columns + c] += (double) dvalue[i] * x[i * columns + c];
        }
      }
      var dx = output(x.length);
      kernels.hardestNegativeBackward(new Matrix(rows, columns, of(x)), argmax, of(dvalue), dx);
      assertClose(dx, 1e-4, i -> expected[i], "dx");
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void marginSoftmaxAndItsBackward(Setup setup) {
    with(
        setup,
        kernels -> {
          for (var kind : Margin.Kind.values()) {
            marginSoftmax(kernels, 5, 33, new Margin(kind, 0.5, 64), 0.3);
            marginSoftmax(kernels, 3, 2500, new Margin(kind, 0.4, 30), 0.1);
          }
          var plain = new Margin(Margin.Kind.SOFTMAX, 0, 1);
          marginSoftmax(kernels, 0, 4, plain, 1);
          marginSoftmax(kernels, 2, 1, plain, 1);
          marginSoftmax(kernels, 4, 3000, plain, 300); // logits beyond the range of exp
        });
  }

  private static void marginSoftmax(
      VectorRow kernels, int rows, int classes, Margin margin, double scale) {
    var c = normal(rows * classes, 1);
    var labels = new int[rows];
    for (int i = 0; i < c.length; i++) {
      c[i] *= (float) scale;
      c[i] = margin.kind() == Margin.Kind.SOFTMAX ? c[i] : Math.clamp(c[i], -1, 1);
    }
    for (int r = 0; r < rows; r++) {
      labels[r] = (r * 17 + classes - 1) % classes;
    }
    var z = new double[c.length];
    var lse = new double[rows];
    var loss = 0.0;
    for (int r = 0; r < rows; r++) {
      var max = Double.NEGATIVE_INFINITY;
      for (int j = r * classes; j < (r + 1) * classes; j++) {
        z[j] = margin.scale() * (j % classes == labels[r] ? margin.psi(c[j]) : c[j]);
        max = Math.max(max, z[j]);
      }
      var sum = 0.0;
      for (int j = r * classes; j < (r + 1) * classes; j++) {
        sum += Math.exp(z[j] - max);
      }
      lse[r] = max + Math.log(sum);
      loss += (lse[r] - z[r * classes + labels[r]]) / rows;
    }
    var total = loss;
    var outLse = output(rows);
    var outLoss = output(1);
    var cosines = new Cosines(new Matrix(rows, classes, of(c)), ints(labels));
    kernels.marginSoftmax(cosines, margin, outLse, outLoss);
    assertClose(outLse, 2e-7, r -> lse[r], margin);
    assertClose(outLoss, 5e-7, r -> total, margin);

    var dc = output(c.length);
    kernels.marginSoftmaxBackward(cosines, margin, outLse, of(1.5f), dc);
    var factor = 1.5 * margin.scale() / Math.max(rows, 1);
    for (int i = 0; i < c.length; i++) {
      int r = i / classes;
      var p = Math.exp(z[i] - lse[r]);
      var expected =
          i % classes == labels[r] ? (p - 1) * margin.derivative(c[i]) * factor : p * factor;
      // The log-sum is kept in float: half a unit in its last place is an error of p.
      var tolerance = factor * (1e-7 + Math.ulp((float) lse[r]));
      assertThat(Math.abs(dc.array()[dc.offset() + i] - expected))
          .as("%s dc[%d]", margin, i)
          .isLessThanOrEqualTo(tolerance * Math.max(1, Math.abs(margin.derivative(c[i]))));
    }
  }
}
