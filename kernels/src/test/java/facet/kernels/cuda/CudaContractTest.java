package facet.kernels.cuda;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.check.BackendContract;
import facet.tensor.check.Data;
import facet.tensor.check.KernelCase;
import facet.tensor.check.KernelCases;
import facet.tensor.check.OpSpecs;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.RowKernels.Cosines;
import facet.tensor.kernel.RowKernels.Hardest;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The cuda backend keeps the contract of all backends, on the test driver in every order of
/// threads.
@CudaTest
class CudaContractTest {
  /// Float32: half a unit in the last place is 6e-8, and sums of some hundred terms lose a digit.
  private static final double TOLERANCE = 1e-5;

  private static final int IDENTITIES = 100_000;

  private static final int[] TARGETS = {0, 50_000, IDENTITIES - 1};

  private static final Margin MARGIN = new Margin(Margin.Kind.ARCFACE, 0.5, 64);

  private static BackendContract contract() {
    return new BackendContract(
        () -> new CudaBackend(0, Precision.FP32, KernelChoice.HANDWRITTEN), TOLERANCE);
  }

  @TestFactory
  Stream<DynamicContainer> kernels(@Nullable TestDriver driver) {
    return inAllOrders(driver, () -> contract().kernels(KernelCases.all()));
  }

  @TestFactory
  Stream<DynamicContainer> ops(@Nullable TestDriver driver) {
    return inAllOrders(driver, () -> contract().ops(OpSpecs.all(), OpSpecs.errors()));
  }

  /// Sizes at which several blocks share a row, which those of the contract do not reach.
  @TestFactory
  Stream<DynamicTest> sizesOfTraining() {
    return contract()
        .kernels(
            List.of(
                marginSoftmax(),
                marginSoftmaxBackward(),
                hardestNegative(1100, 4),
                hardestNegative(200, 40)));
  }

  private static double[] cosines() {
    return Data.uniform(TARGETS.length * IDENTITIES, -0.4, 0.4, 1);
  }

  private static KernelCase marginSoftmax() {
    return KernelCase.of(
        "row.marginSoftmax",
        "3x100000",
        (b, s) ->
            b.kernels()
                .row()
                .marginSoftmax(
                    new Cosines(new Matrix(3, IDENTITIES, s[0]), s[1]), MARGIN, s[2], s[3]),
        KernelCase.in(cosines()),
        KernelCase.ints(TARGETS),
        KernelCase.out(3, 64),
        KernelCase.out(1, 64));
  }

  private static KernelCase marginSoftmaxBackward() {
    return KernelCase.of(
            "row.marginSoftmaxBackward",
            "3x100000",
            (b, s) ->
                b.kernels()
                    .row()
                    .marginSoftmaxBackward(
                        new Cosines(new Matrix(3, IDENTITIES, s[0]), s[1]),
                        MARGIN,
                        s[2],
                        s[3],
                        s[4]),
            KernelCase.in(cosines()),
            KernelCase.ints(TARGETS),
            KernelCase.in(30, 31, 32),
            KernelCase.in(0.7),
            KernelCase.out(3 * IDENTITIES, 64))
        .tolerance(4);
  }

  /// Many ties: which of them is the first is not up to the order of tiles.
  private static KernelCase hardestNegative(int rows, int columns) {
    return KernelCase.of(
        "row.hardestNegative",
        rows + "x" + columns,
        (b, s) ->
            b.kernels()
                .row()
                .hardestNegative(new Matrix(rows, columns, s[0]), s[1], new Hardest(s[2], s[3])),
        KernelCase.in(Data.integers(rows * columns, 2, 1)),
        KernelCase.ints(Data.labels(rows, 40, 2)),
        KernelCase.out(rows, 1),
        KernelCase.outInts(rows));
  }

  private static Stream<DynamicContainer> inAllOrders(
      @Nullable TestDriver driver, Supplier<Stream<DynamicTest>> tests) {
    if (driver == null) {
      return Stream.of(DynamicContainer.dynamicContainer("GPU", tests.get()));
    }
    return Stream.of(TestDriver.Order.values())
        .map(
            order ->
                DynamicContainer.dynamicContainer(
                    order.name(),
                    tests
                        .get()
                        .map(
                            test ->
                                DynamicTest.dynamicTest(
                                    test.getDisplayName(),
                                    () -> {
                                      driver.order(order, 20_261);
                                      test.getExecutable().execute();
                                    }))));
  }
}
