package facet.kernels.cpu;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Prints for every kernel what a call allocates once the JIT is done, and whether the compiled
/// kernel's result has the same bits as the interpreted one's. Runs in a JVM of its own, which sees
/// one vector width: see [SteadyStateTest].
final class SteadyState {
  /// What a kernel may allocate per call: its lambda, the job for the workers, a small record.
  private static final int KERNEL_BYTES = 400;

  /// What a product may allocate, whatever its size: the same for each of its passes.
  private static final int PRODUCT_BYTES = 2000;

  private static final int CALLS = 200;
  private static final long PATIENCE_NANOS = 15_000_000_000L;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private SteadyState() {}

  public static void main(String[] args) {
    try (var backend = new CpuBackend(2)) {
      SteadyStateCases.passes(backend).forEach(kernel -> judge(kernel, KERNEL_BYTES));
      SteadyStateCases.products(backend).forEach(product -> judge(product, PRODUCT_BYTES));
    }
  }

  private static void judge(SteadyStateCases.Case kernel, int limit) {
    kernel.call().run();
    var interpreted = kernel.bits();
    var bytes = steadyBytes(kernel.call(), limit);
    var verdict = bytes > limit ? "ALLOCATES" : kernel.bits() != interpreted ? "DIFFERS" : "ok";
    System.out.println(verdict + " " + kernel.name() + " " + bytes + " bytes");
  }

  /// Repeats the call until it allocates little, for a while at most.
  private static long steadyBytes(Runnable call, int limit) {
    var deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      var before = THREADS.getTotalThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      var bytes = (THREADS.getTotalThreadAllocatedBytes() - before) / CALLS;
      if (bytes <= limit || System.nanoTime() > deadline) {
        return bytes;
      }
    }
  }
}
