package facet.bench;

import facet.tensor.Ints;
import facet.tensor.Tensor;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.RowKernels.Cosines;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/// How fast is the margin softmax (ArcFace) of a batch over the people of a small, a middling and a
/// large data set?
public class MarginSoftmaxBenchmark extends OnCpu {
  @Param("64")
  public int rows;

  @Param({"1000", "10000", "100000"})
  public int classes;

  private final Margin margin = new Margin(Margin.Kind.ARCFACE, 0.5, 64);
  private Tensor c;
  private Tensor dc;
  private Tensor lse;
  private Tensor loss;
  private Ints labels;

  @Override
  protected void prepare() {
    c = random(rows, classes);
    dc = scope.allocate(rows, classes);
    lse = scope.allocate(rows);
    loss = scope.allocate(1);
    labels = scope.ints(labels(rows, classes));
    forward();
  }

  @Benchmark
  public final Object forward() {
    backend
        .kernels()
        .row()
        .marginSoftmax(
            new Cosines(c.matrix(), labels.storage()), margin, lse.storage(), loss.storage());
    return loss;
  }

  @Benchmark
  public Object backward() {
    backend
        .kernels()
        .row()
        .marginSoftmaxBackward(
            new Cosines(c.matrix(), labels.storage()),
            margin,
            lse.storage(),
            loss.storage(),
            dc.storage());
    return dc;
  }
}
