package facet.bench;

import facet.kernels.cpu.ConvAlgorithm;
import facet.nn.NetworkSpec;
import facet.train.data.batch.Batch;
import facet.train.training.TrainStep;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/// How long is a training step: forward, ArcFace over 1000 people, backward, SGD?
@Warmup(iterations = 2, time = 10)
@Measurement(iterations = 5, time = 5)
public class TrainingStepBenchmark extends OnCpu {
  static final int CLASSES = 1000;
  private static final double RATE = 1e-3;

  @Param({"iresnet-tiny", "iresnet18", "iresnet50"})
  public String network;

  @Param("32")
  public int batch;

  @Param("FASTEST")
  public ConvAlgorithm algorithm;

  private TrainStep trainStep;
  private Batch images;
  private long step;

  @Override
  protected ConvAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  protected void prepare() {
    var spec = Objects.requireNonNull(NetworkSpec.named(network), network);
    trainStep = ArcFaceStep.of(scope, spec, CLASSES, 0);
    images = new Batch(batch, spec.size());
    var pixels = random(images.images().length).toFloats();
    System.arraycopy(pixels, 0, images.images(), 0, pixels.length);
    System.arraycopy(labels(batch, CLASSES), 0, images.labels(), 0, batch);
  }

  @Benchmark
  public Object step() {
    return trainStep.run(images, step++, RATE);
  }
}
