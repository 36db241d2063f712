package facet.kernels.cuda;

import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.CounterRandom;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.PointwiseKernels;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// [PointwiseKernels] by `pointwise.cu` and `pointwise_bf16.cu`.
final class CudaPointwise implements PointwiseKernels {
  private final Driver driver;
  private final CudaMemory memory;
  private final TypedKernel fill;
  private final TypedKernel add;
  private final TypedKernel subtract;
  private final TypedKernel multiply;
  private final TypedKernel divide;
  private final TypedKernel exp;
  private final TypedKernel log;
  private final TypedKernel relu;
  private final TypedKernel reluBackward;
  private final TypedKernel sigmoid;
  private final TypedKernel sigmoidBackward;
  private final TypedKernel axpy;
  private final TypedKernel scale;
  private final TypedKernel scaleBy;
  private final TypedKernel broadcast;
  private final TypedKernel sum;
  private final TypedKernel addBias;
  private final TypedKernel scaleChannels;
  private final TypedKernel scaleChannelsBackward;
  private final TypedKernel columnSum;
  private final TypedKernel prelu;
  private final TypedKernel preluBackward;
  private final TypedKernel dropout;
  private final @Nullable CudaKernel toBf16;
  private final @Nullable CudaKernel fromBf16;

  CudaPointwise(Driver driver, CudaMemory memory, Precision precision) {
    this.driver = driver;
    this.memory = memory;
    var module = TypedKernel.Module.load(driver, "pointwise", precision);
    fill = module.kernel("fill");
    add = module.kernel("add");
    subtract = module.kernel("subtract");
    multiply = module.kernel("multiply");
    divide = module.kernel("divide");
    exp = module.kernel("exp_elements");
    log = module.kernel("log_elements");
    relu = module.kernel("relu");
    reluBackward = module.kernel("relu_backward");
    sigmoid = module.kernel("sigmoid");
    sigmoidBackward = module.kernel("sigmoid_backward");
    axpy = module.kernel("axpy");
    scale = module.kernel("scale");
    scaleBy = module.kernel("scale_by");
    broadcast = module.kernel("broadcast");
    sum = module.kernel("sum");
    addBias = module.kernel("add_bias");
    scaleChannels = module.kernel("scale_channels");
    scaleChannelsBackward = module.kernel("scale_channels_backward");
    columnSum = module.kernel("column_sum");
    prelu = module.kernel("prelu");
    preluBackward = module.kernel("prelu_backward");
    dropout = module.kernel("dropout");
    var conversions = module.bf16();
    toBf16 = conversions == null ? null : conversions.kernel("to_bf16", CudaStorage.Type.BF16);
    fromBf16 = conversions == null ? null : conversions.kernel("from_bf16", CudaStorage.Type.BF16);
  }

  @Override
  public void fill(int n, double value, Storage y) {
    each(fill.begin(y).arg(n).arg((float) value).activation(y), n);
  }

  @Override
  public void copy(int n, Storage x, Storage y) {
    var from = CudaStorage.of(x);
    var to = CudaStorage.of(y);
    if (from.type() == to.type()) {
      var bytes = (long) from.type().bytes() * n;
      if (bytes > 0) {
        driver.copyOnDevice(from.address(), to.address(), bytes, driver.mainStream());
      }
    } else if (to.type() == CudaStorage.Type.BF16) {
      each(Objects.requireNonNull(toBf16).begin().arg(n).arg(x).activation(y), n);
    } else {
      each(Objects.requireNonNull(fromBf16).begin().arg(n).activation(x).arg(y), n);
    }
  }

  @Override
  public void add(int n, Storage a, Storage b, Storage y) {
    each(add.begin(a).arg(n).activation(a).activation(b).activation(y), n);
  }

  @Override
  public void subtract(int n, Storage a, Storage b, Storage y) {
    each(subtract.begin(a).arg(n).activation(a).activation(b).activation(y), n);
  }

  @Override
  public void multiply(int n, Storage a, Storage b, Storage y) {
    each(multiply.begin(a).arg(n).activation(a).activation(b).activation(y), n);
  }

  @Override
  public void divide(int n, Storage a, Storage b, Storage y) {
    each(divide.begin(a).arg(n).activation(a).activation(b).activation(y), n);
  }

  @Override
  public void exp(int n, Storage x, Storage y) {
    each(exp.begin(x).arg(n).activation(x).activation(y), n);
  }

  @Override
  public void log(int n, Storage x, Storage y) {
    each(log.begin(x).arg(n).activation(x).activation(y), n);
  }

  @Override
  public void relu(int n, Storage x, Storage y) {
    each(relu.begin(x).arg(n).activation(x).activation(y), n);
  }

  @Override
  public void reluBackward(int n, Storage x, Storage dy, Storage dx) {
    each(reluBackward.begin(x).arg(n).activation(x).activation(dy).activation(dx), n);
  }

  @Override
  public void sigmoid(int n, Storage x, Storage y) {
    each(sigmoid.begin(x).arg(n).activation(x).activation(y), n);
  }

  @Override
  public void sigmoidBackward(int n, Storage y, Storage dy, Storage dx) {
    each(sigmoidBackward.begin(y).arg(n).activation(y).activation(dy).activation(dx), n);
  }

  @Override
  public void axpy(int n, double alpha, Storage x, Storage y) {
    each(axpy.begin(x).arg(n).arg((float) alpha).activation(x).activation(y), n);
  }

  @Override
  public void scale(int n, double alpha, Storage x, Storage y) {
    each(scale.begin(x).arg(n).arg((float) alpha).activation(x).activation(y), n);
  }

  @Override
  public void scaleBy(int n, double alpha, Storage s, Storage x, Storage y) {
    each(scaleBy.begin(x).arg(n).arg((float) alpha).arg(s).activation(x).activation(y), n);
  }

  @Override
  public void broadcast(int n, double alpha, Storage s, Storage y) {
    each(broadcast.begin(y).arg(n).arg((float) alpha).arg(s).activation(y), n);
  }

  @Override
  public void sum(int n, double alpha, Storage x, Storage y) {
    var blocks = Math.max(1, Math.min(LaunchGrid.strided(n), LaunchGrid.ONE_BLOCK));
    if (blocks == 1) {
      sum.begin(x).arg(n).arg((float) alpha).activation(x).arg(y).launch(1, LaunchGrid.THREADS);
      return;
    }
    var partial = memory.scratch(blocks);
    sum.begin(x).arg(n).arg(1f).activation(x).arg(partial).launch(blocks, LaunchGrid.THREADS);
    sum.begin(partial)
        .arg(blocks)
        .arg((float) alpha)
        .activation(partial)
        .arg(y)
        .launch(1, LaunchGrid.ONE_BLOCK);
    memory.giveBack(partial);
  }

  @Override
  public void addBias(Matrix x, Storage bias, Storage y) {
    each(matrix(addBias, x).arg(bias).activation(y), x.size());
  }

  @Override
  public void scaleChannels(int images, Matrix x, Storage s, Storage y) {
    each(
        scaleChannels
            .begin(x.values())
            .arg(x.size())
            .arg(x.columns())
            .arg(x.rows() / Math.max(1, images))
            .activation(x.values())
            .activation(s)
            .activation(y),
        x.size());
  }

  @Override
  public void scaleChannelsBackward(int images, Matrix x, Storage dy, Storage ds) {
    LaunchGrid.columns(
        matrix(scaleChannelsBackward, x).activation(dy).activation(ds), x.columns(), images);
  }

  @Override
  public void columnSum(Matrix x, Storage y) {
    var shares = LaunchGrid.rowShares(x.rows(), x.columns());
    if (shares == 1) {
      columnSum(x, y, 1);
      return;
    }
    var partial = memory.scratch(shares * x.columns());
    columnSum(x, partial, shares);
    columnSum(new Matrix(shares, x.columns(), partial), y, 1);
    memory.giveBack(partial);
  }

  private void columnSum(Matrix x, Storage y, int shares) {
    LaunchGrid.columns(matrix(columnSum, x).arg(y), x.columns(), shares);
  }

  @Override
  public void prelu(Matrix x, Storage slope, Storage y) {
    each(matrix(prelu, x).arg(slope).activation(y), x.size());
  }

  @Override
  public void preluBackward(Matrix x, Storage slope, Storage dy, PReluGradient out) {
    var shares = LaunchGrid.rowShares(x.rows(), x.columns());
    var partial = memory.scratch(shares * x.columns());
    LaunchGrid.columns(
        matrix(preluBackward, x).arg(slope).activation(dy).activation(out.dx()).arg(partial),
        x.columns(),
        shares);
    columnSum(new Matrix(shares, x.columns(), partial), out.dslope(), 1);
    memory.giveBack(partial);
  }

  /// The first arguments of the kernels over rows and columns.
  private static CudaKernel matrix(TypedKernel kernel, Matrix x) {
    return kernel.begin(x.values()).arg(x.rows()).arg(x.columns()).activation(x.values());
  }

  @Override
  public void dropout(int n, double rate, long seed, Storage x, Storage y) {
    each(
        dropout
            .begin(x)
            .arg(n)
            .arg((int) Math.ceil(rate * (1 << 24)))
            .arg(CounterRandom.low(seed))
            .arg(CounterRandom.high(seed))
            .arg((float) (1 / (1 - rate)))
            .activation(x)
            .activation(y),
        n);
  }

  private static void each(CudaKernel kernel, int n) {
    kernel.launch(LaunchGrid.strided(n), LaunchGrid.THREADS);
  }
}
