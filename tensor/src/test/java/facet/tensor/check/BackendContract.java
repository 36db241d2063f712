package facet.tensor.check;

import facet.tensor.Backend;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// What every backend must do, measured against the `reference` backend: all ops forward and
/// backward, and all kernels directly, with awkward sizes and extreme values. It also demands that
/// inputs are unchanged, outputs written completely and nothing beside them, memory given back,
/// that a second equal step allocates nothing, that a second equal call gives the same bits, and
/// that errors have the exact text.
///
/// `CpuContractTest` shows how a backend is put under it. A factory that throws fails the test: a
/// backend that is expected is not skipped.
public final class BackendContract {
  private final Supplier<Backend> factory;
  private final double tolerance;

  /// @param factory makes the backend, once for a stream of tests, which closes it
  /// @param tolerance the relative error allowed where nothing special is computed: `1e-5` for
  ///     float32
  public BackendContract(Supplier<Backend> factory, double tolerance) {
    this.factory = factory;
    this.tolerance = tolerance;
  }

  /// One test for each case, named `family/kernel/case`.
  public Stream<DynamicTest> kernels(List<KernelCase> cases) {
    var backend = poisoned();
    var contract = new KernelContract(backend, tolerance);
    return cases.stream()
        .map(test -> DynamicTest.dynamicTest(test.name(), () -> contract.check(test)))
        .onClose(backend::close);
  }

  /// One test for each spec, named `Op/case`, and each error, named by its message.
  public Stream<DynamicTest> ops(List<OpSpec> specs, List<OpError> errors) {
    var backend = poisoned();
    var contract = new OpContract(backend, tolerance);
    var results =
        specs.stream()
            .map(spec -> DynamicTest.dynamicTest(spec.name(), () -> contract.check(spec)));
    var messages =
        errors.stream()
            .map(error -> DynamicTest.dynamicTest(error.message(), () -> contract.check(error)));
    return Stream.concat(results, messages).onClose(backend::close);
  }

  /// A backend that fills memory with NaN (integers: the smallest one) whenever it is taken from a
  /// pool, so that reading stale data is found out.
  private Backend poisoned() {
    var backend = factory.get();
    for (var pool : List.of(backend.pool(), backend.activations())) {
      pool.onTake(
          storage -> {
            var poison = new float[storage.length()];
            Arrays.fill(poison, Float.NaN);
            backend.write(poison, 0, storage, poison.length);
          });
    }
    backend
        .intPool()
        .onTake(
            storage -> {
              var poison = new int[storage.length()];
              Arrays.fill(poison, Integer.MIN_VALUE);
              backend.writeInts(poison, 0, storage, poison.length);
            });
    return backend;
  }
}
