package facet.bench;

import static facet.train.error.Printable.format;

import facet.nn.ranks.Communicator;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// How long ranks take to exchange bytes: to add up one number, which is the latency, and to sum
/// and gather arrays as the gradients of a step are.
///
/// @param ranks all of a job
record ExchangeSpeed(Communicator ranks) {
  private static final int[] SIZES = {1 << 12, 1 << 16, 1 << 20, 1 << 22, 1 << 26}; // bytes
  private static final int ROUNDS = 31;

  /// Prints a table on rank 0. Collective.
  void print() {
    print("sum of one number", 0, () -> ranks.allReduce(1.0));
    for (var size : SIZES) {
      try (var arena = Arena.ofConfined()) {
        var whole = arena.allocate(size);
        var parts = ranks.parts(size, 1);
        var mine = arena.allocate(Math.max(1, parts[ranks.rank()]));
        var received = new long[ranks.size()];
        Arrays.fill(received, parts[ranks.rank()]);
        var all = arena.allocate(Math.max(1, ranks.size() * parts[ranks.rank()]));
        print(
            "exchange and gather",
            size,
            () -> {
              ranks.exchange(whole, parts, all, received);
              ranks.allGather(mine, whole, parts);
            });
      }
    }
  }

  private void print(String what, int bytes, Runnable messages) {
    var micros = new double[ROUNDS];
    for (var i = -ROUNDS; i < ROUNDS; i++) { // the first ones warm up
      ranks.barrier();
      var begun = System.nanoTime();
      messages.run();
      if (i >= 0) {
        micros[i] = (System.nanoTime() - begun) * 1e-3;
      }
    }
    var slowest = ranks.allGather(micros);
    for (var i = 0; i < ROUNDS; i++) {
      for (var rank : slowest) {
        micros[i] = Math.max(micros[i], rank[i]);
      }
    }
    Arrays.sort(micros);
    if (ranks.rank() == 0) {
      var median = micros[ROUNDS / 2];
      var travels = 2.0 * bytes * (ranks.size() - 1) / ranks.size(); // out of each rank
      System.out.print(
          format(
              "%-20s %10d bytes %12.1f us  (%.1f to %.1f)%s%n",
              what,
              bytes,
              median,
              micros[0],
              micros[ROUNDS - 1],
              bytes == 0 ? "" : format("  %.2f GB/s out of a rank", travels / median * 1e-3)));
    }
  }
}
