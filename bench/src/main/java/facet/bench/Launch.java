package facet.bench;

import java.util.Arrays;

/// What one JVM (or one round of another program) measured, an element an iteration.
///
/// @param seconds of an operation
/// @param cores kept busy: the process's CPU time divided by the time that passed
/// @param gflops the machine's peak around the iteration, empty if it was not measured
/// @param gbytes its bandwidth, in the same way
record Launch(double[] seconds, double[] cores, double[] gflops, double[] gbytes) {
  /// Without yardsticks.
  static Launch of(double[] seconds, double[] cores) {
    return new Launch(seconds, cores, new double[0], new double[0]);
  }

  boolean hasYardsticks() {
    return gflops.length == seconds.length && gbytes.length == seconds.length;
  }

  /// With the yardsticks of a launch that ran directly before or after.
  Launch beside(Launch measured) {
    return new Launch(
        seconds, cores, repeat(measured.gflops, seconds), repeat(measured.gbytes, seconds));
  }

  private static double[] repeat(double[] yardstick, double[] seconds) {
    var all = new double[seconds.length];
    Arrays.fill(all, Statistics.median(yardstick));
    return all;
  }

  /// The yardstick that fits `work`, an element an iteration.
  double[] yardstick(Work work) {
    return work.movesMemory() ? gbytes : gflops;
  }

  /// Times in units of the machine: seconds times the peak meanwhile, so that an iteration on a
  /// machine at half speed counts as one at full speed.
  double[] normalized(Work work) {
    var yardstick = yardstick(work);
    var units = new double[seconds.length];
    Arrays.setAll(units, i -> seconds[i] * yardstick[i]);
    return units;
  }
}
