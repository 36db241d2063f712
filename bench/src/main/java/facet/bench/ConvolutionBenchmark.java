package facet.bench;

import facet.kernels.cpu.ConvAlgorithm;
import facet.tensor.Tensor;
import facet.tensor.kernel.Conv2dShape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/// How fast is each convolution of an IResNet-50, in each direction? All transforms of data and
/// weights are part of it.
public class ConvolutionBenchmark extends OnCpu {
  /// See [ConvLayer].
  @Param({
    "3-64@112",
    "64-64@112",
    "64-64@112/2",
    "64-64@112/2k1",
    "64-64@56",
    "64-128@56",
    "128-128@56/2",
    "64-128@56/2k1",
    "128-128@28",
    "128-256@28",
    "256-256@28/2",
    "128-256@28/2k1",
    "256-256@14",
    "256-512@14",
    "512-512@14/2",
    "256-512@14/2k1",
    "512-512@7"
  })
  public String layer;

  @Param("32")
  public int batch;

  /// `DIRECT` for convolution by the definition where `FASTEST` would use Winograd's algorithm.
  @Param("FASTEST")
  public ConvAlgorithm algorithm;

  private Conv2dShape s;
  private Tensor x;
  private Tensor w;
  private Tensor y;

  @Override
  protected ConvAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  protected void prepare() {
    s = ConvLayer.parse(layer).shape(batch);
    x = random(s.n(), s.h(), s.w(), s.c());
    w = random(s.o(), s.kh(), s.kw(), s.c());
    y = random(s.n(), s.oh(), s.ow(), s.o());
  }

  @Benchmark
  public Object forward() {
    backend.kernels().conv().forward(s, x.storage(), w.storage(), y.storage());
    return y;
  }

  @Benchmark
  public Object backwardData() {
    backend.kernels().conv().backwardData(s, y.storage(), w.storage(), x.storage());
    return x;
  }

  @Benchmark
  public Object backwardWeight() {
    backend.kernels().conv().backwardWeight(s, x.storage(), y.storage(), w.storage());
    return w;
  }
}
