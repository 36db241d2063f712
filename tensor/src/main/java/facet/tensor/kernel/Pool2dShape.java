package facet.tensor.kernel;

/// The geometry of 2-d pooling: `x [n, h, w, c]`, windows of `kh x kw`, `y [n, oh, ow, c]`. Padding
/// (less than half a window) never wins a maximum and does not count in an average.
public record Pool2dShape(int n, int h, int w, int c, int kh, int kw, int stride, int pad) {

  /// Output height.
  public int oh() {
    return (h + 2 * pad - kh) / stride + 1;
  }

  /// Output width.
  public int ow() {
    return (w + 2 * pad - kw) / stride + 1;
  }
}
