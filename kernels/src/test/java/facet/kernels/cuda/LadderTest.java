package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.GemmShape;
import facet.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every rung of the ladder computes what the reference does.
@CudaTest
class LadderTest {
  private static final int[][] SIZES = {{1, 1, 1}, {33, 65, 31}, {130, 70, 50}}; // m, n, k

  private static final Conv2dShape[] SHAPES = {
    new Conv2dShape(2, 7, 6, 5, 33, 3, 3, 1, 1), new Conv2dShape(1, 9, 8, 3, 7, 5, 3, 2, 0)
  };

  /// @param rows of the result for each block, and its columns
  @ParameterizedTest
  @CsvSource({
    "gemm_1_naive, 32, 8, 8, 32, 1e-5",
    "gemm_2_tiled, 32, 32, 32, 32, 1e-5",
    "gemm_3_registers, 256, 1, 128, 128, 1e-5",
    "gemm_4_tensor, 128, 1, 64, 64, 3e-2"
  })
  void gemm(String name, int threadsX, int threadsY, int rows, int columns, double tolerance)
      throws IOException {
    try (var on = new Ladder(name)) {
      for (var size : SIZES) {
        var m = size[0];
        var n = size[1];
        var k = size[2];
        var a = normal(m * k, 1);
        var b = normal(k * n, 2);
        var c = on.backend.pool().take(m * n);
        on.kernel.begin().arg(on.copy(a)).arg(on.copy(b)).arg(c).arg(m).arg(n).arg(k);
        on.kernel.launch(
            LaunchGrid.blocks(n, columns), LaunchGrid.blocks(m, rows), 1, threadsX, threadsY, 0);
        var expected =
            reference(
                m * n,
                a,
                b,
                (oracle, s) ->
                    oracle
                        .kernels()
                        .gemm()
                        .gemm(new GemmShape(false, false, m, n, k), 1, s[0], s[1], 0, s[2]));
        on.requireClose(c, expected, tolerance * Math.sqrt(k));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "conv_1_naive, 256, 1, 0, 0, 1e-5",
    "conv_2_tiled, 32, 32, 32, 32, 1e-5",
    "conv_3_tensor, 128, 1, 64, 64, 3e-2"
  })
  void conv(String name, int threadsX, int threadsY, int rows, int columns, double tolerance)
      throws IOException {
    try (var on = new Ladder(name)) {
      for (var s : SHAPES) {
        var x = normal(s.n() * s.h() * s.w() * s.c(), 1);
        var w = normal(s.o() * s.kh() * s.kw() * s.c(), 2);
        var pixels = s.n() * s.oh() * s.ow();
        var y = on.backend.pool().take(pixels * s.o());
        on.kernel.begin().arg(on.copy(x)).arg(on.copy(w)).arg(y);
        on.kernel.arg(s.n()).arg(s.h()).arg(s.w()).arg(s.c()).arg(s.o()).arg(s.kh()).arg(s.kw());
        on.kernel.arg(s.stride()).arg(s.pad()).arg(s.oh()).arg(s.ow());
        if (rows == 0) {
          on.kernel.launch(LaunchGrid.blocks((long) pixels * s.o(), threadsX), threadsX);
        } else {
          on.kernel.launch(
              LaunchGrid.blocks(s.o(), columns),
              LaunchGrid.blocks(pixels, rows),
              1,
              threadsX,
              threadsY,
              0);
        }
        var expected =
            reference(
                pixels * s.o(),
                x,
                w,
                (oracle, t) -> oracle.kernels().conv().forward(s, t[0], t[1], t[2]));
        on.requireClose(y, expected, tolerance * Math.sqrt(s.kh() * s.kw() * s.c()));
      }
    }
  }

  /// A rung on a device.
  private static final class Ladder implements AutoCloseable {
    private final CudaBackend backend =
        new CudaBackend(0, Precision.FP32, KernelChoice.HANDWRITTEN);
    private final Driver driver = new Driver(0);
    private final CudaKernel kernel;

    Ladder(String name) throws IOException {
      try (var in = LadderTest.class.getResourceAsStream("ladder/" + name + ".ptx")) {
        kernel = CudaModule.of(driver, name, in.readAllBytes()).kernel(name);
      }
    }

    Storage copy(double[] values) {
      var storage = backend.pool().take(values.length);
      backend.write(values, 0, storage, values.length);
      var back = new double[1]; // on another stream than the kernel's: waits until it is there
      backend.read(storage, back, 0, 1);
      return storage;
    }

    void requireClose(Storage actual, double[] expected, double tolerance) {
      driver.synchronize(driver.mainStream());
      var values = new double[expected.length];
      backend.read(actual, values, 0, values.length);
      for (var i = 0; i < expected.length; i++) {
        assertThat(values[i])
            .as("element %d", i)
            .isBetween(expected[i] - tolerance, expected[i] + tolerance);
      }
    }

    @Override
    public void close() {
      driver.close();
      backend.close();
    }
  }

  private interface Call {
    void run(ReferenceBackend oracle, Storage... arguments);
  }

  private static double[] reference(int length, double[] a, double[] b, Call call) {
    try (var oracle = new ReferenceBackend()) {
      var arguments = new Storage[3];
      arguments[0] = oracle.pool().take(a.length);
      arguments[1] = oracle.pool().take(b.length);
      arguments[2] = oracle.pool().take(length);
      oracle.write(a, 0, arguments[0], a.length);
      oracle.write(b, 0, arguments[1], b.length);
      call.run(oracle, arguments);
      var result = new double[length];
      oracle.read(arguments[2], result, 0, length);
      return result;
    }
  }

  private static double[] normal(int n, long seed) {
    var random = new Random(seed);
    var values = new double[n];
    for (var i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
