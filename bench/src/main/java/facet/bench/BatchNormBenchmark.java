package facet.bench;

import facet.tensor.Tensor;
import facet.tensor.kernel.NormKernels.Running;
import facet.tensor.op.BatchNorm.Then;
import org.jspecify.annotations.Nullable;
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

  private int rows;
  private int channels;
  private Tensor x;
  private Tensor other;
  private Tensor y;
  private final Tensor[] vectors = new Tensor[9];

  @Override
  protected void prepare() {
    var at = layer.indexOf('@');
    channels = Integer.parseInt(layer.substring(0, at));
    var side = Integer.parseInt(layer.substring(at + 1));
    rows = Work.IMAGES * side * side;
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

  private @Nullable Tensor slope() {
    return then == Then.PRELU ? vectors[2] : null;
  }

  @Benchmark
  public Object forward() {
    var slope = slope();
    backend
        .kernels()
        .norm()
        .forwardTraining(
            rows,
            channels,
            x.storage(),
            vectors[0].storage(),
            vectors[1].storage(),
            slope == null ? null : slope.storage(),
            then == Then.ADD ? other.storage() : null,
            1e-5,
            new Running(vectors[3].storage(), vectors[4].storage(), 0.1),
            vectors[5].storage(),
            vectors[6].storage(),
            y.storage());
    return y;
  }

  @Benchmark
  public Object backward() {
    var slope = slope();
    backend
        .kernels()
        .norm()
        .backward(
            rows,
            channels,
            true,
            x.storage(),
            vectors[0].storage(),
            vectors[1].storage(),
            slope == null ? null : slope.storage(),
            vectors[5].storage(),
            vectors[6].storage(),
            y.storage(),
            other.storage(),
            vectors[7].storage(),
            vectors[8].storage(),
            slope == null ? null : vectors[3].storage());
    return other;
  }
}
