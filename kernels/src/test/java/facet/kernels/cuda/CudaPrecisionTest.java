package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.check.BackendContract;
import facet.tensor.check.KernelCase;
import facet.tensor.check.KernelCases;
import facet.tensor.check.OpSpecs;
import facet.tensor.op.Add;
import facet.tensor.op.Conv2d;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The lower precisions keep the contract with tolerances of their own.
///
/// Products with rounded factors: a sum of n of them is off by some 2^-11 (TF32) or 2^-9 (bf16) of
/// the square root of n, the worst of thousands by a few times that. Tensors in bf16: a number that
/// is stored is off by at most 2^-8 of it, and everything before is computed in float32.
@CudaTest
class CudaPrecisionTest {
  private static final double TF32_PRODUCTS = 2e-3;
  static final double BF16_PRODUCTS = 1.5e-2;
  private static final double BF16_STORED = 4.1e-3;

  /// Which arguments of the kernels are activations.
  private static final Map<String, List<Integer>> ACTIVATIONS =
      Map.ofEntries(
          Map.entry("conv.forward", List.of(0, 2)),
          Map.entry("conv.backwardData", List.of(0, 2)),
          Map.entry("conv.backwardWeight", List.of(0, 1)),
          Map.entry("groupedconv.forward", List.of(0, 2)),
          Map.entry("groupedconv.backwardData", List.of(0, 2)),
          Map.entry("groupedconv.backwardWeight", List.of(0, 1)),
          Map.entry("norm.forwardTraining", List.of(0, 4, 9)),
          Map.entry("norm.forwardInference", List.of(0, 4, 7)),
          Map.entry("norm.backward", List.of(0, 6, 7)),
          Map.entry("pool.maxForward", List.of(0, 1)),
          Map.entry("pool.maxBackward", List.of(0, 2)),
          Map.entry("pool.averageForward", List.of(0, 1)),
          Map.entry("pool.averageBackward", List.of(0, 1)),
          Map.entry("pointwise.fill", List.of(0)),
          Map.entry("pointwise.copy", List.of(0, 1)),
          Map.entry("pointwise.add", List.of(0, 1, 2)),
          Map.entry("pointwise.sigmoid", List.of(0, 1)),
          Map.entry("pointwise.sigmoidBackward", List.of(0, 1, 2)),
          Map.entry("pointwise.scaleChannels", List.of(0, 1, 2)),
          Map.entry("pointwise.scaleChannelsBackward", List.of(0, 1, 2)),
          Map.entry("pointwise.axpy", List.of(0, 1)),
          Map.entry("pointwise.scale", List.of(0, 1)),
          Map.entry("pointwise.scaleBy", List.of(1, 2)),
          Map.entry("pointwise.broadcast", List.of(1)),
          Map.entry("pointwise.sum", List.of(0)),
          Map.entry("pointwise.addBias", List.of(0, 2)),
          Map.entry("pointwise.columnSum", List.of(0)),
          Map.entry("pointwise.prelu", List.of(0, 2)),
          Map.entry("pointwise.preluBackward", List.of(0, 2, 3)),
          Map.entry("pointwise.dropout", List.of(0, 1)));

  private static CudaBackend backend(Precision precision) {
    return new CudaBackend(0, precision, KernelChoice.HANDWRITTEN);
  }

  static List<KernelCase> family(String... families) {
    return KernelCases.all().stream()
        .filter(test -> List.of(families).contains(test.family()))
        .toList();
  }

  private static Stream<DynamicTest> kernels(
      Precision precision, double tolerance, List<KernelCase> cases) {
    return new BackendContract(() -> backend(precision), tolerance).kernels(cases);
  }

  @TestFactory
  Stream<DynamicTest> tf32() {
    return kernels(Precision.TF32, TF32_PRODUCTS, family("gemm", "conv"));
  }

  @TestFactory
  Stream<DynamicTest> bf16() {
    return kernels(Precision.BF16, BF16_PRODUCTS, family("gemm", "conv"));
  }

  static List<KernelCase> overActivations(List<KernelCase> cases) {
    return cases.stream()
        .filter(test -> ACTIVATIONS.containsKey(test.family() + "." + test.kernel()))
        .map(
            test ->
                test.activations(
                    ACTIVATIONS.get(test.family() + "." + test.kernel()).toArray(Integer[]::new)))
        .toList();
  }

  @TestFactory
  Stream<DynamicTest> convolutionOfBf16Tensors() {
    return kernels(Precision.BF16, BF16_PRODUCTS, overActivations(family("conv")));
  }

  /// A flattened activation by a weight, and its gradient.
  @TestFactory
  Stream<DynamicTest> gemmOfBf16Tensors() {
    var cases =
        Stream.of(0, 1, 2)
            .flatMap(argument -> family("gemm").stream().map(test -> test.activations(argument)))
            .toList();
    return kernels(Precision.BF16, BF16_PRODUCTS, cases);
  }

  @TestFactory
  Stream<DynamicTest> passesOverBf16Tensors() {
    return kernels(
        Precision.BF16,
        BF16_STORED,
        overActivations(family("norm", "pool", "pointwise", "groupedconv")));
  }

  @TestFactory
  Stream<DynamicTest> opsOverBf16Tensors() {
    return new BackendContract(() -> backend(Precision.BF16), BF16_PRODUCTS)
        .ops(OpSpecs.all(), OpSpecs.errors());
  }

  @Test
  void otherKernelsRefuseBf16Tensors() {
    try (var backend = backend(Precision.BF16);
        var tape = Tape.on(backend)) {
      var image = tape.full(Shape.of(1, 4, 4, 8), 1);
      var weight = tape.full(Shape.of(8, 1, 1, 8), 1);
      var y = tape.apply(new Conv2d(1, 0), image, weight);
      assertThatThrownBy(() -> tape.apply(new Add(), y, image))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "cuda: add_bf16 takes a tensor in bf16, this one is in float32: copy it into one of"
                  + " that type");
      assertThatThrownBy(() -> tape.apply(new Add(), image, y))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("cuda: add takes a tensor in float32, this one is in bf16");
      assertThatThrownBy(() -> backend.kernels().row().dot(y.matrix(), y.matrix(), image.storage()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("cuda: dot_rows takes a tensor in float32, this one is in bf16");
    }
  }

  /// What a bf16 device holds is the float32 rounded to nearest, ties to even.
  @Test
  void storesRoundToNearestEven() {
    try (var backend = backend(Precision.BF16)) {
      var values = new float[] {1, 1 + 0x1p-8f, 1 + 0x3p-8f, -1 - 0x1.01p-8f, 0x1p-133f, -0f};
      var expected = new float[] {1, 1, 1 + 0x1p-6f, -1 - 0x1p-7f, 0x1p-133f, -0f};
      var storage = backend.activations().take(values.length);
      backend.write(values, 0, storage, values.length);
      var actual = new float[values.length];
      backend.read(storage, actual, 0, actual.length);
      assertThat(actual).containsExactly(expected);
      var floats = backend.pool().take(values.length);
      backend.write(values, 0, floats, values.length);
      backend.kernels().pointwise().copy(values.length, floats, storage);
      backend.read(storage, actual, 0, actual.length);
      assertThat(actual).containsExactly(expected);
    }
  }
}
