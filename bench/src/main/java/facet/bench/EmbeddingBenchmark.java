package facet.bench;

import facet.nn.Layer;
import facet.nn.NetworkSpec;
import facet.nn.Parameters;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/// How long does a trained network need for the embeddings of a batch?
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 2)
public class EmbeddingBenchmark extends OnCpu {
  @Param({"iresnet-tiny", "iresnet18", "iresnet50"})
  public String network;

  @Param({"1", "32"})
  public int batch;

  private Layer model;
  private Tensor images;

  @Override
  protected void prepare() {
    var spec = Objects.requireNonNull(NetworkSpec.named(network), network);
    model = spec.build(new Parameters(scope, 1)).folded(scope);
    images = random(batch, spec.size(), spec.size(), 3);
  }

  @Benchmark
  public double embed() {
    try (var tape = Tape.inference(backend)) {
      var x = tape.allocate(images.shape());
      backend.kernels().pointwise().copy(images.size(), images.storage(), x.storage());
      return model.forward(tape, x).toFloats()[0];
    }
  }
}
