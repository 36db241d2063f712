package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;
import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.kernel.CounterRandom;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.PointwiseKernels.PReluGradient;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorPointwiseTest {
  private static final int[] LENGTHS = {0, 1, 7, 16, 33, 257, 70_001};
  private static final int[][] SHAPES = {
    {0, 3}, {3, 0}, {1, 1}, {5, 3}, {129, 8}, {100, 33}, {1000, 64}, {70, 300}, {4099, 7}
  };

  private static void with(Setup setup, Consumer<VectorPointwise> test) {
    try (var workers = new Workers(setup.threads())) {
      test.accept(new VectorPointwise(workers, setup.lanes()));
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void elementwise(Setup setup) {
    with(
        setup,
        kernels -> {
          for (var n : LENGTHS) {
            var a = normal(n, 1);
            var b = normal(n, 2);
            var y = output(n);
            kernels.fill(n, 3, y);
            assertClose(y, 0, i -> 3, "fill");
            kernels.copy(n, of(a), y);
            assertClose(y, 0, i -> a[i], "copy");
            kernels.axpy(n, 0.3, of(b), y);
            assertClose(y, 2e-7, i -> a[i] + 0.3 * b[i], "axpy");
            kernels.add(n, of(a), of(b), y);
            assertClose(y, 1e-7, i -> (double) a[i] + b[i], "add");
            kernels.scale(n, -0.7, of(a), y);
            assertClose(y, 2e-7, i -> -0.7 * a[i], "scale");
            kernels.scaleBy(n, -0.7, of(2), of(a), y);
            assertClose(y, 2e-7, i -> -1.4 * a[i], "scaleBy");
            kernels.broadcast(n, 0.5, of(3), y);
            assertClose(y, 0, i -> 1.5, "broadcast");
            var sum = output(1);
            kernels.sum(n, 0.5, of(a), sum);
            var expected = IntStream.range(0, n).mapToDouble(i -> a[i]).sum() / 2;
            assertClose(sum, 1e-6 * Math.sqrt(n + 1), i -> expected, "sum of " + n);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void alongRows(Setup setup) {
    with(
        setup,
        kernels -> {
          for (var shape : SHAPES) {
            int rows = shape[0];
            int columns = shape[1];
            var n = rows * columns;
            var x = normal(n, 3);
            var p = normal(columns, 4);
            var y = output(n);
            kernels.addBias(new Matrix(rows, columns, of(x)), of(p), y);
            assertClose(y, 1e-7, i -> (double) x[i] + p[i % columns], "addBias");
            kernels.prelu(new Matrix(rows, columns, of(x)), of(p), y);
            assertClose(y, 1e-7, i -> x[i] > 0 ? x[i] : (double) p[i % columns] * x[i], "prelu");

            var sums = output(columns);
            kernels.columnSum(new Matrix(rows, columns, of(x)), sums);
            assertClose(sums, 1e-5, columnSum(n, columns, x), "columnSum");

            var dy = normal(n, 5);
            var terms = new float[n];
            for (int i = 0; i < n; i++) {
              terms[i] = x[i] > 0 ? 0 : dy[i] * x[i];
            }
            kernels.preluBackward(
                new Matrix(rows, columns, of(x)), of(p), of(dy), new PReluGradient(y, sums));
            assertClose(y, 1e-7, i -> dy[i] * (x[i] > 0 ? 1.0 : p[i % columns]), "dx");
            assertClose(sums, 1e-5, columnSum(n, columns, terms), "dslope");
          }
        });
  }

  private static IntToDoubleFunction columnSum(int n, int columns, float[] x) {
    return c -> {
      var sum = 0.0;
      for (int i = c; i < n; i += columns) {
        sum += x[i];
      }
      return sum;
    };
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void dropoutFollowsTheCounterGenerator(Setup setup) {
    with(
        setup,
        kernels -> {
          for (var rate : new double[] {0, 0.1, 0.5, 1}) {
            int n = 40_001;
            var x = normal(n, 6);
            var y = output(n);
            kernels.dropout(n, rate, -77, of(x), y);
            assertClose(
                y,
                2e-7,
                i -> CounterRandom.uniform(-77, i) >= rate ? x[i] / (1 - rate) : 0,
                "dropout");
            var dropped = 0;
            for (var v : Setup.values(y)) {
              dropped += v == 0 ? 1 : 0;
            }
            assertThat(dropped / (double) n).isBetween(rate - 0.01, rate + 0.01);
          }
        });
  }
}
