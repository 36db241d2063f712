package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.kernels.cpu.CpuBackend;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.Tensor;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.GemmShape;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.RowKernels.Cosines;
import facet.tensor.op.BatchNorm;
import facet.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Products at the sizes of training, where a grid has thousands of blocks: every layer of
/// IResNet-50 in every direction and precision, and the products of a head of 100,000 people,
/// against the cpu backend. The test driver, which is slow, takes a sixteenth of the pixels.
///
/// An error is `|result - expected| / |expected|` over the whole tensor. Outputs are NaN before,
/// and a second call must give the same bits.
@CudaTest
class RealSizesTest {
  /// Side of the image, channels in and out, side of the kernel, stride.
  private static final int[][] LAYERS = {
    {112, 3, 64, 3, 1},
    {112, 64, 64, 3, 1},
    {112, 64, 64, 3, 2},
    {112, 64, 64, 1, 2},
    {56, 64, 64, 3, 1},
    {56, 64, 128, 3, 1},
    {56, 128, 128, 3, 2},
    {56, 64, 128, 1, 2},
    {28, 128, 128, 3, 1},
    {28, 128, 256, 3, 1},
    {28, 256, 256, 3, 2},
    {28, 128, 256, 1, 2},
    {14, 256, 256, 3, 1},
    {14, 256, 512, 3, 1},
    {14, 512, 512, 3, 2},
    {14, 256, 512, 1, 2},
    {7, 512, 512, 3, 1}
  };

  private static final List<CudaBackend> GPUS = new ArrayList<>();
  private static final Backend CPU = new CpuBackend(Runtime.getRuntime().availableProcessors());
  private static boolean small;

  @BeforeAll
  static void open(@Nullable TestDriver driver) {
    small = driver != null;
    for (var precision : Precision.values()) {
      GPUS.add(new CudaBackend(0, precision, KernelChoice.HANDWRITTEN));
    }
  }

  @AfterAll
  static void close() {
    GPUS.forEach(CudaBackend::close);
    CPU.close();
  }

  /// A call of a kernel: writes the last of the storages.
  private interface Call {
    void run(Backend backend, Storage[] s);
  }

  /// Float32 sums of up to 400,000 products lose two digits; factors of TF32 have 11 bits, those of
  /// bf16 8, and errors average out.
  private static double tolerance(Precision precision) {
    return switch (precision) {
      case FP32 -> 2e-5;
      case TF32 -> 1e-3;
      case BF16 -> 6e-3;
    };
  }

  @TestFactory
  Stream<DynamicTest> convolution() {
    return Arrays.stream(LAYERS).flatMap(RealSizesTest::convolution);
  }

  private static Stream<DynamicTest> convolution(int[] layer) {
    var side = small ? Math.max(layer[0] / 4, 5) : layer[0];
    var s =
        new Conv2dShape(
            small ? 1 : 32,
            side,
            side,
            layer[1],
            layer[2],
            layer[3],
            layer[3],
            layer[4],
            layer[3] / 2);
    var x = s.n() * s.h() * s.w() * s.c();
    var w = s.o() * s.kh() * s.kw() * s.c();
    var y = s.n() * s.oh() * s.ow() * s.o();
    var name =
        String.format(
            Locale.ROOT, "%dx%d %d-%d@%d/%d", s.kh(), s.kw(), s.c(), s.o(), layer[0], s.stride());
    return Stream.of(
        test(
            "forward " + name,
            (b, t) -> b.kernels().conv().forward(s, t[0], t[1], t[2]),
            Set.of(0, 2),
            x,
            w,
            y),
        test(
            "gradient of input " + name,
            (b, t) -> b.kernels().conv().backwardData(s, t[0], t[1], t[2]),
            Set.of(0, 2),
            y,
            w,
            x),
        test(
            "gradient of weight " + name,
            (b, t) -> b.kernels().conv().backwardWeight(s, t[0], t[1], t[2]),
            Set.of(0, 1),
            x,
            y,
            w));
  }

  @TestFactory
  Stream<DynamicTest> gemm() {
    var people = small ? 1000 : 100_000;
    var batch = small ? 70 : 512;
    return Stream.of(
        gemm(false, true, batch, people, 512),
        gemm(false, false, batch, 512, people),
        gemm(true, false, people, 512, batch),
        gemm(false, true, 128, 512, small ? 1000 : 25_088),
        gemm(true, true, small ? 101 : 1001, small ? 67 : 2067, small ? 33 : 1333));
  }

  private static DynamicTest gemm(boolean ta, boolean tb, int m, int n, int k) {
    var name =
        String.format(Locale.ROOT, "gemm %s%s %dx%dx%d", ta ? "T" : "N", tb ? "T" : "N", m, n, k);
    return test(
        name,
        (b, t) -> b.kernels().gemm().gemm(new GemmShape(ta, tb, m, n, k), 1, t[0], t[1], 0, t[2]),
        Set.of(),
        m * k,
        k * n,
        m * n);
  }

  /// @param activations which storages are activations in training: bf16 in memory at that
  ///     precision
  /// @param lengths of the storages, the last of which is the result
  private static DynamicTest test(
      String name, Call call, Set<Integer> activations, int... lengths) {
    return DynamicTest.dynamicTest(name, () -> compare(name, call, activations, lengths));
  }

  private static void compare(String name, Call call, Set<Integer> activations, int... lengths) {
    var inputs = new float[lengths.length - 1][];
    for (var i = 0; i < inputs.length; i++) {
      inputs[i] = uniform(lengths[i], i + 1);
    }
    var expected = run(CPU, call, Set.of(), inputs, lengths);
    var report = new StringBuilder(name).append(':');
    var failures = new ArrayList<String>();
    for (var i = 0; i < GPUS.size(); i++) {
      var precision = Precision.values()[i];
      var bf16 = precision == Precision.BF16 ? activations : Set.<Integer>of();
      var actual = run(GPUS.get(i), call, bf16, inputs, lengths);
      var again = run(GPUS.get(i), call, bf16, inputs, lengths);
      var error = error(actual, expected);
      report.append(String.format(Locale.ROOT, " %s %.1e", precision, error));
      if (!(error <= tolerance(precision))) {
        failures.add(precision + ": error " + error);
      }
      if (!Arrays.equals(actual, again)) {
        failures.add(precision + ": the second call gives other bits");
      }
    }
    System.out.println(report);
    assertThat(failures).as(name).isEmpty();
  }

  private static float[] run(Backend backend, Call call, float[][] inputs, int... lengths) {
    return run(backend, call, Set.of(), inputs, lengths);
  }

  private static float[] run(
      Backend backend, Call call, Set<Integer> activations, float[][] inputs, int... lengths) {
    var pools = new StoragePool[lengths.length];
    var storages = new Storage[lengths.length];
    for (var i = 0; i < lengths.length; i++) {
      pools[i] = activations.contains(i) ? backend.activations() : backend.pool();
      storages[i] = pools[i].take(lengths[i]);
      if (i < inputs.length) {
        backend.write(inputs[i], 0, storages[i], lengths[i]);
      } else {
        backend.kernels().pointwise().fill(lengths[i], Double.NaN, storages[i]);
      }
    }
    call.run(backend, storages);
    var result = new float[lengths[lengths.length - 1]];
    backend.read(storages[lengths.length - 1], result, 0, result.length);
    for (var i = 0; i < lengths.length; i++) {
      pools[i].give(storages[i]);
    }
    return result;
  }

  private static float[] uniform(int length, long seed) {
    var random = new SplittableRandom(seed);
    var values = new float[length];
    for (var i = 0; i < length; i++) {
      values[i] = random.nextInt() * 0x1p-31f;
    }
    return values;
  }

  /// Numbers that bf16 holds exactly: others would change the sign of some results before PReLU.
  private static float[] uniformBf16(int length, long seed) {
    var values = uniform(length, seed);
    for (var i = 0; i < length; i++) {
      values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
    }
    return values;
  }

  private static double error(float[] actual, float[] expected) {
    double difference = 0;
    double norm = 0;
    for (var i = 0; i < actual.length; i++) {
      var d = (double) actual[i] - expected[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
    }
    return Math.sqrt(difference / norm);
  }

  /// Batch norm with PReLU, forward and backward, over activations: the layers with the most rows
  /// and with the most channels, and one whose channels cannot be moved four at once.
  @TestFactory
  Stream<DynamicTest> batchNorm() {
    return Stream.of(
            new int[] {112, 64}, new int[] {28, 128}, new int[] {7, 512}, new int[] {7, 63})
        .map(
            layer ->
                DynamicTest.dynamicTest(
                    String.format(Locale.ROOT, "batch norm %dx%d", layer[0], layer[1]),
                    () -> batchNorm(small ? 1 : 32, layer[0], layer[1])));
  }

  private static void batchNorm(int n, int side, int channels) {
    var expected = norm(CPU, n, side, channels);
    for (var i = 0; i < GPUS.size(); i++) {
      var precision = Precision.values()[i];
      var actual = norm(GPUS.get(i), n, side, channels);
      var again = norm(GPUS.get(i), n, side, channels);
      for (var j = 0; j < expected.size(); j++) {
        var what = precision + ", result " + j;
        assertThat(error(actual.get(j), expected.get(j))).as(what).isLessThan(tolerance(precision));
        assertThat(again.get(j)).as(what).isEqualTo(actual.get(j));
      }
    }
  }

  /// The result, the running statistics and all gradients.
  private static List<float[]> norm(Backend backend, int n, int side, int channels) {
    try (var scope = Scope.on(backend)) {
      var parameters = new Tensor[5];
      for (var i = 0; i < parameters.length; i++) {
        parameters[i] = scope.of(Shape.of(channels), uniform(channels, i + 3));
      }
      var then = BatchNorm.Then.PRELU;
      var op = new BatchNorm(then, true, 1e-5, 0.1, parameters[3], parameters[4]);
      var x = scope.activation(n, side, side, channels);
      x.set(uniformBf16(x.size(), 1));
      var forward = op.forward(scope, x, parameters[0], parameters[1], parameters[2]);
      var dy = scope.like(x);
      dy.set(uniformBf16(x.size(), 2));
      var results = new ArrayList<float[]>();
      results.add(forward.y().toFloats());
      results.add(parameters[3].toFloats());
      results.add(parameters[4].toFloats());
      var gradients = op.backward(scope, forward.saved(), dy);
      for (var i = 0; i < 4; i++) {
        results.add(gradients.get(i).toFloats());
      }
      return results;
    }
  }

  /// Against float64, so that not all rests on the cpu backend.
  @Test
  void aLayerInDoublePrecision() {
    var s = new Conv2dShape(1, 14, 14, 256, 256, 3, 3, 1, 1);
    var image = s.h() * s.w() * s.c();
    var weight = s.o() * 9 * s.c();
    Call forward = (b, t) -> b.kernels().conv().forward(s, t[0], t[1], t[2]);
    Call gradient = (b, t) -> b.kernels().conv().backwardWeight(s, t[0], t[1], t[2]);
    try (var oracle = new ReferenceBackend()) {
      var inputs = new float[][] {uniform(image, 1), uniform(weight, 2)};
      var images = new float[][] {uniform(image, 1), uniform(image, 2)};
      var y = run(oracle, forward, inputs, image, weight, image);
      var dw = run(oracle, gradient, images, image, image, weight);
      for (var i = 0; i < GPUS.size(); i++) {
        var limit = tolerance(Precision.values()[i]);
        assertThat(error(run(GPUS.get(i), forward, inputs, image, weight, image), y))
            .isLessThan(limit);
        assertThat(error(run(GPUS.get(i), gradient, images, image, image, weight), dw))
            .isLessThan(limit);
      }
    }
  }

  /// The margin softmax of a batch over 100,000 people, forward and backward.
  @Test
  void marginSoftmax() {
    var rows = small ? 3 : 512;
    var people = 100_000;
    var margin = new Margin(Margin.Kind.ARCFACE, 0.5, 64);
    var labels = new int[rows];
    Arrays.setAll(labels, i -> (int) (i * 7919L % people));
    Call call =
        (b, t) -> {
          var ints = b.intPool().take(rows);
          b.writeInts(labels, 0, ints, rows);
          b.kernels()
              .row()
              .marginSoftmax(new Cosines(new Matrix(rows, people, t[0]), ints), margin, t[1], t[2]);
          b.kernels()
              .row()
              .marginSoftmaxBackward(
                  new Cosines(new Matrix(rows, people, t[0]), ints), margin, t[1], t[2], t[3]);
          b.intPool().give(ints);
        };
    var cosines = new float[][] {uniform(rows * people, 1), new float[rows], new float[1]};
    var expected = run(CPU, call, cosines, rows * people, rows, 1, rows * people);
    var actual = run(GPUS.getFirst(), call, cosines, rows * people, rows, 1, rows * people);
    var error = error(actual, expected);
    System.out.printf(Locale.ROOT, "margin softmax %dx%d: %.1e%n", rows, people, error);
    assertThat(error).isLessThan(1e-4);
  }
}
