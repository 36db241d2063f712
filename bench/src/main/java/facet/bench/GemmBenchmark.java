package facet.bench;

import facet.tensor.Tensor;
import facet.tensor.kernel.GemmShape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/// How fast is a matrix product? Squares in all transpositions and the skinny products of an
/// IResNet: layers as matrices, the last linear layer forward and its weight gradient.
public class GemmBenchmark extends OnCpu {
  /// `MxNxK`; `:TN`, `:NT`, `:TT` transpose the left, the right, both factors.
  @Param({
    "512x512x512",
    "1024x1024x1024",
    "1024x1024x1024:TN",
    "1024x1024x1024:NT",
    "1024x1024x1024:TT",
    "2048x2048x2048",
    "64x12544x576",
    "12544x64x576",
    "25088x128x1152",
    "32x512x25088",
    "512x25088x32"
  })
  public String product;

  private GemmProblem problem;
  private Tensor a;
  private Tensor b;
  private Tensor c;

  @Override
  protected void prepare() {
    problem = GemmProblem.parse(product);
    a = random(problem.m(), problem.k());
    b = random(problem.k(), problem.n());
    c = scope.allocate(problem.m(), problem.n());
  }

  @Benchmark
  public Object multiply() {
    var p = problem;
    backend
        .kernels()
        .gemm()
        .gemm(
            new GemmShape(p.transposeA(), p.transposeB(), p.m(), p.n(), p.k()),
            1,
            a.storage(),
            b.storage(),
            0,
            c.storage());
    return c;
  }
}
