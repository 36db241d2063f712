package facet.bench;

import facet.nn.loss.DdlBatch;
import facet.nn.loss.DdlLoss;
import facet.nn.loss.DdlSettings;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/// What does the Distribution Distillation Loss add to a step: the whole loss of one teacher and
/// one student over given embeddings of length 512, forward and backward?
public class DdlBenchmark extends OnCpu {
  private static final int EMBEDDING = 512;

  /// Singles and pairs of each branch.
  @Param({"16", "64"})
  public int n;

  private DdlLoss loss;
  private Tensor embeddings;
  private int[] labels;

  @Override
  protected void prepare() {
    var layout = new DdlBatch(n, 2);
    loss = new DdlLoss(DdlSettings.DEFAULT, layout);
    var images = layout.size();
    embeddings = scope.variable(Shape.of(images, EMBEDDING));
    embeddings.set(random(images, EMBEDDING).toFloats());
    labels = labels(images, 1000);
  }

  @Benchmark
  public double forwardAndBackward() {
    try (var tape = Tape.on(backend)) {
      var y = loss.loss(tape, embeddings, tape.ints(labels));
      tape.backward(y);
      return y.item();
    }
  }
}
