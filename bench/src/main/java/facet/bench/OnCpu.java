package facet.bench;

import facet.kernels.cpu.ConvAlgorithm;
import facet.kernels.cpu.CpuBackend;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the benchmarks share: the CPU backend, random inputs, and how long to measure. Each of
/// several JVMs warms up and measures: what the JIT decides differs more between launches than
/// times do between iterations.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class OnCpu {
  /// Threads of the backend, 0 for one a core.
  @Param("0")
  public int threads;

  protected CpuBackend backend;
  protected facet.tensor.Scope scope;
  private final SplittableRandom random = new SplittableRandom(1);

  @Setup
  public final void open() throws IOException {
    backend = new CpuBackend(cores(threads), algorithm());
    scope = facet.tensor.Scope.on(backend);
    prepare();
  }

  /// How many cores the parameter `threads` asks for.
  static int cores(int threads) {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /// Makes the inputs.
  protected abstract void prepare() throws IOException;

  /// How the backend convolves.
  protected ConvAlgorithm algorithm() {
    return ConvAlgorithm.FASTEST;
  }

  @TearDown
  public void close() {
    scope.close();
    backend.close();
  }

  /// A tensor of values uniform in [-1, 1).
  protected final Tensor random(int... dims) {
    var shape = Shape.of(dims);
    var values = new float[shape.size()];
    for (var i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return scope.of(shape, values);
  }

  /// Labels below `classes`.
  protected final int[] labels(int count, int classes) {
    return random.ints(count, 0, classes).toArray();
  }
}
