package facet.bench;

import facet.tensor.Tensor;
import facet.tensor.kernel.NormKernels.Epilogue;
import facet.tensor.kernel.NormKernels.EpilogueGradient;
import facet.tensor.kernel.NormKernels.Running;
import facet.tensor.kernel.NormKernels.Statistics;
import facet.tensor.op.BatchNorm.Then;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/// How close to the memory's bandwidth is batch normalisation, alone, with PReLU, with the residual
/// addition?
public class BatchNormBenchmark extends OnCpu {
  /// `CHANNELS@SIDE` of a batch of 32.
  @Param({"64@112", "128@28", "512@7"})
  public String layer;

  @Param({"NOTHING", "PRELU", "ADD"})
  public Then then;

  private Tensor x;
  private Tensor other;
  private Tensor y;
  private final Tensor[] vectors = new Tensor[9];

  @Override
  protected void prepare() {
    var at = layer.indexOf('@');
    var channels = Integer.parseInt(layer.substring(0, at));
    var side = Integer.parseInt(layer.substring(at + 1));
    var rows = Work.IMAGES * side * side;
    x = random(rows, channels);
    y = random(rows, channels);
    other = random(rows, channels);
    for (var i = 0; i < vectors.length; i++) {
      vectors[i] = random(channels);
    }
    vectors[4].set(filled(channels)); // the variance
  }

  private static float[] filled(int n) {
    var ones = new float[n];
    java.util.Arrays.fill(ones, 1);
    return ones;
  }

  private Epilogue layer() {
    var layer = new Epilogue(vectors[0].storage(), vectors[1].storage());
    return switch (then) {
      case NOTHING -> layer;
      case PRELU -> layer.thenPRelu(vectors[2].storage());
      case ADD -> layer.thenAdd(other.storage());
    };
  }

  private Statistics batch() {
    return new Statistics(vectors[5].storage(), vectors[6].storage());
  }

  @Benchmark
  public Object forward() {
    backend
        .kernels()
        .norm()
        .forwardTraining(
            x.matrix(),
            layer(),
            new Running(vectors[3].storage(), vectors[4].storage(), 1e-5),
            0.1,
            batch(),
            y.storage());
    return y;
  }

  @Benchmark
  public Object backward() {
    backend
        .kernels()
        .norm()
        .backward(
            x.matrix(),
            layer(),
            batch(),
            true,
            y.storage(),
            other.storage(),
            new EpilogueGradient(
                vectors[7].storage(),
                vectors[8].storage(),
                then == Then.PRELU ? vectors[3].storage() : null));
    return other;
  }
}
