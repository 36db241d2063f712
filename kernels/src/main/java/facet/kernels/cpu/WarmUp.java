package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.PITCH;

import java.util.concurrent.atomic.AtomicBoolean;

/// Has the JIT compile the micro-kernels while the program still reads its data. Until then they
/// run hundreds of times slower, and the first step waits for them; with all their branches taken
/// from the start, they are compiled once.
final class WarmUp {
  /// Calls until the JIT's second compiler takes a method that loops so often.
  private static final int CALLS = 1500;

  private static final int STEPS = 48;

  private static final int FIRST = FloatStorage.ALIGNED;
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private WarmUp() {}

  /// Begins in the background, once in a JVM.
  static void begin(Lanes lanes) {
    if (!BEGUN.getAndSet(true)) {
      Thread.ofPlatform()
          .name("facet-warm-up")
          .daemon()
          .start(() -> run(GemmMicroKernel.of(lanes)));
    }
  }

  private static void run(GemmMicroKernel kernel) {
    var a = new float[FIRST + kernel.height * PITCH]; // the rows; columns take less
    var b = new float[FIRST + (STEPS + 1 + GemmMicroKernel.SPARE) * kernel.width];
    var c = new float[FIRST + kernel.height * kernel.width];
    for (int i = 0; i < CALLS; i++) {
      int k = STEPS + i % 2; // loops of two steps end at both of their ends
      boolean more = i % 8 < 4;
      kernel.rows(k, a, FIRST, b, FIRST, c, FIRST, kernel.width, more);
      kernel.columns(k, 1, a, FIRST, b, FIRST, c, FIRST, more);
      kernel.interleaved(k, a, FIRST, b, FIRST, c, FIRST, kernel.width, more);
    }
  }
}
