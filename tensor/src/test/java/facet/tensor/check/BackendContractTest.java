package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.outElementwise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.Storage;
import facet.tensor.kernel.Kernels;
import facet.tensor.reference.DoubleStorage;
import facet.tensor.reference.ReferenceBackend;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The reference backend keeps the contract itself, and the contract finds planted faults.
class BackendContractTest {
  private final BackendContract contract = new BackendContract(ReferenceBackend::new, 0);

  @TestFactory
  Stream<DynamicTest> kernels() {
    return contract.kernels(KernelCases.all());
  }

  @TestFactory
  Stream<DynamicTest> ops() {
    return contract.ops(OpSpecs.all(), OpSpecs.errors());
  }

  @Test
  void everyKernelOfEveryFamilyHasCase() {
    var covered =
        KernelCases.all().stream()
            .map(test -> test.family() + "." + test.kernel())
            .collect(Collectors.toSet());
    var kernels =
        kernelMethods()
            .map(method -> family(method) + "." + method.getName())
            .collect(Collectors.toSet());
    assertThat(kernels).hasSizeGreaterThan(40).isEqualTo(covered);
  }

  /// More in a row could be mixed up: what belongs together is a record.
  @Test
  void noKernelTakesMoreThanThreeStorages() {
    assertThat(kernelMethods())
        .allSatisfy(
            method ->
                assertThat(method.getParameterTypes())
                    .as(method.toString())
                    .filteredOn(Storage.class::equals)
                    .hasSizeLessThanOrEqualTo(3));
  }

  private static Stream<Method> kernelMethods() {
    return Arrays.stream(Kernels.class.getRecordComponents())
        .map(RecordComponent::getType)
        .flatMap(family -> Arrays.stream(family.getDeclaredMethods()))
        .filter(method -> !method.isSynthetic());
  }

  private static String family(Method method) {
    var name = method.getDeclaringClass().getSimpleName();
    return name.substring(0, name.length() - "Kernels".length()).toLowerCase(Locale.ROOT);
  }

  @Test
  void caseNamesAreUnique() {
    assertThat(KernelCases.all().stream().map(KernelCase::name)).doesNotHaveDuplicates();
    assertThat(OpSpecs.all().stream().map(OpSpec::name)).doesNotHaveDuplicates();
  }

  @Test
  void plantedFaultsAreFound() {
    assertFound((x, y) -> y.set(1, 4.1), "argument 1: element 1 of 2 is 4.1, expected 4.0");
    assertFound((x, y) -> y.set(1, Double.NaN), "argument 1: element 1 of 2 is NaN");
    assertFound((x, y) -> x.set(0, 5), "argument 0 changed: element 0 of 2 is 5.0");
    assertFound((x, y) -> y.array()[y.offset() + 2] = 0, "writes outside of it, at element 2");
    assertFound((x, y) -> y.array()[y.offset() - 1] = 0, "writes outside of it, at element -1");
    assertFound(
        (x, y) -> y.array()[y.offset() + 1] = y.offset() == 16 ? 4 : 5, "argument 1 (not aligned)");
    var calls = new int[1];
    assertFound((x, y) -> y.set(0, 2 + 1e-9 * ++calls[0]), "second of two equal calls");
  }

  private interface Fault {
    void plant(DoubleStorage x, DoubleStorage y);
  }

  /// Doubles `x`, with a fault on the backend under test.
  private static void assertFound(Fault fault, String message) {
    var victim = new ReferenceBackend();
    var test =
        KernelCase.of(
            "pointwise.scale",
            "planted",
            (b, s) -> {
              b.kernels().pointwise().scale(2, 2, s[0], s[1]);
              if (b == victim) {
                fault.plant(DoubleStorage.of(s[0]), DoubleStorage.of(s[1]));
              }
            },
            in(1, 2),
            outElementwise(2));
    assertThatThrownBy(() -> new KernelContract(victim, 1e-5).check(test))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(message);
  }

  @Test
  void leakIsFound() {
    var victim = new ReferenceBackend();
    var test =
        KernelCase.of(
            "pointwise.fill",
            "leaking",
            (b, s) -> {
              b.pool().take(3);
              b.kernels().pointwise().fill(2, 1, s[0]);
            },
            outElementwise(2));
    assertThatThrownBy(() -> new KernelContract(victim, 0).check(test))
        .hasMessageContaining("does not give its memory back");
  }

  @Test
  void missingBackendFails() {
    var missing =
        new BackendContract(
            () -> {
              throw new IllegalStateException("cuda: no device");
            },
            1e-5);
    assertThatThrownBy(() -> missing.kernels(List.of())).hasMessage("cuda: no device");
  }
}
