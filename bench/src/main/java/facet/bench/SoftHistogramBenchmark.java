package facet.bench;

import facet.nn.loss.DdlSettings;
import facet.tensor.Tensor;
import facet.tensor.kernel.HistogramKernels.Density;
import facet.tensor.kernel.HistogramKernels.Samples;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/// How fast is the soft histogram of the Distribution Distillation Loss, `n` similarities on 1000
/// nodes?
public class SoftHistogramBenchmark extends OnCpu {
  @Param({"64", "1024"})
  public int n;

  private Tensor s;
  private Tensor weight;
  private Tensor p;
  private Tensor z;
  private Tensor dp;
  private Tensor ds;

  @Override
  protected void prepare() {
    var nodes = DdlSettings.DEFAULT.grid().nodes();
    s = random(n);
    weight = scope.full(s.shape(), 1);
    p = scope.allocate(nodes);
    z = scope.allocate(1);
    dp = random(nodes);
    ds = scope.allocate(n);
    forward();
  }

  private Samples samples() {
    return new Samples(n, s.storage(), weight.storage(), z.storage());
  }

  private Density density() {
    return new Density(p.storage(), z.storage());
  }

  @Benchmark
  public final Object forward() {
    backend.kernels().histogram().softHistogram(samples(), DdlSettings.DEFAULT.grid(), density());
    return p;
  }

  @Benchmark
  public Object backward() {
    backend
        .kernels()
        .histogram()
        .softHistogramBackward(
            samples(), DdlSettings.DEFAULT.grid(), density(), dp.storage(), ds.storage());
    return ds;
  }
}
