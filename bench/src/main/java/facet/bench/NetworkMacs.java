package facet.bench;

import facet.nn.BatchNormalization.Trained;
import facet.nn.IResNetSpec;
import facet.nn.LayerVisitor;

/// Multiply-accumulates of an [IResNet][facet.nn.IResNet], forward, for one image; a training step
/// takes about three times as many. Elementwise work does not count. An intermediate result is
/// represented by its side in pixels.
public final class NetworkMacs implements LayerVisitor<Integer> {
  private long count;

  private NetworkMacs() {}

  public static long of(IResNetSpec spec) {
    var macs = new NetworkMacs();
    spec.visit(macs, spec.size());
    return macs.count;
  }

  @Override
  public Integer convolution(String name, int in, int out, int kernel, int stride, Integer side) {
    var y = subsample(stride, side);
    count += (long) kernel * kernel * in * out * y * y;
    return y;
  }

  @Override
  public Integer norm(String name, int channels, Trained trained, Integer side) {
    return side;
  }

  @Override
  public Integer prelu(String name, int channels, Integer side) {
    return side;
  }

  @Override
  public Integer subsample(int stride, Integer side) {
    return (side + stride - 1) / stride;
  }

  @Override
  public Integer add(Integer side, Integer shortcut) {
    return side;
  }

  @Override
  public Integer linear(String name, int in, int out, Integer side) {
    count += (long) in * out;
    return 1;
  }
}
