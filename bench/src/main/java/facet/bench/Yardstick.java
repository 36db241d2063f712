package facet.bench;

import com.sun.management.OperatingSystemMXBean;
import facet.kernels.cpu.MachinePeak;
import facet.kernels.cpu.Workers;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/// Measures the machine itself around every iteration, in the JVM of the benchmark: the peak of
/// multiply-adds and of memory bandwidth, before and after, the mean of both. A neighbour who takes
/// half of the machine takes half of the yardstick as well. Also counts the cores that the
/// iteration kept busy.
public final class Yardstick implements InternalProfiler {
  static final String COMPUTE = "peak.gflops";
  static final String MEMORY = "peak.gbytes";
  static final String CORES = "cores.busy";

  private static final long NANOS = 50_000_000;
  private static final long WARMUP_NANOS = 1_000_000_000;

  private record Reading(double gflops, double gbytes) {}

  private @Nullable MachinePeak peak;
  private Reading before = new Reading(0, 0);
  private long wall;
  private long cpu;

  @Override
  public String getDescription() {
    return "The machine's peak of multiply-adds and of bandwidth, around every iteration";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    if (peak == null) {
      peak = new MachinePeak(new Workers(threads(benchmark)));
      read(peak, WARMUP_NANOS);
    }
    before = read(peak, NANOS);
    wall = System.nanoTime();
    cpu = cpuNanos();
  }

  @Override
  public List<Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    var cores = (double) (cpuNanos() - cpu) / (System.nanoTime() - wall);
    var after = read(Objects.requireNonNull(peak), NANOS);
    return List.of(
        scalar(COMPUTE, (before.gflops + after.gflops) / 2, "GFLOP/s"),
        scalar(MEMORY, (before.gbytes + after.gbytes) / 2, "GB/s"),
        scalar(CORES, cores, "cores"),
        new ScalarResult("peak.resident", residentBytes() * 1e-9, "GB", AggregationPolicy.MAX));
  }

  /// CPU time of all threads of this JVM, the JIT's and the collector's included.
  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /// The most memory this JVM has held so far, less the yardstick's own; 0 where the system does
  /// not say.
  private static double residentBytes() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("\\D", "")))
          .map(bytes -> bytes - MachinePeak.MEMORY)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  private static int threads(BenchmarkParams benchmark) {
    var threads = benchmark.getParam("threads");
    return OnCpu.cores(threads == null ? 0 : Integer.parseInt(threads));
  }

  private static Reading read(MachinePeak peak, long nanos) {
    return new Reading(peak.flops(nanos) * 1e-9, peak.bytes(nanos) * 1e-9);
  }

  private static ScalarResult scalar(String name, double value, String unit) {
    return new ScalarResult(name, value, unit, AggregationPolicy.AVG);
  }
}
