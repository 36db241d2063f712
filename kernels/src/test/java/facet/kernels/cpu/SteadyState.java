package facet.kernels.cpu;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Prints for every kernel what a call allocates once the JIT is done, and whether the compiled
/// kernel's result has the same bits as the interpreted one's. Runs in a JVM of its own, which sees
/// one vector width: see [SteadyStateTest].
final class SteadyState {
  /// What a kernel may allocate per call: its lambda, the job for the workers, a small record.
  static final int MAX_BYTES = 400;

  private static final int CALLS = 200;
  private static final long PATIENCE_NANOS = 15_000_000_000L;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private SteadyState() {}

  public static void main(String[] args) {
    try (var backend = new CpuBackend(2)) {
      for (var kernel : KernelCases.all(backend)) {
        kernel.call().run();
        var interpreted = kernel.bits();
        var bytes = steadyBytes(kernel.call());
        var verdict =
            bytes > MAX_BYTES ? "ALLOCATES" : kernel.bits() != interpreted ? "DIFFERS" : "ok";
        System.out.println(verdict + " " + kernel.name() + " " + bytes + " bytes");
      }
    }
  }

  /// Repeats the call until it allocates little, for a while at most.
  private static long steadyBytes(Runnable call) {
    var deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      var before = THREADS.getTotalThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      var bytes = (THREADS.getTotalThreadAllocatedBytes() - before) / CALLS;
      if (bytes <= MAX_BYTES || System.nanoTime() > deadline) {
        return bytes;
      }
    }
  }
}
