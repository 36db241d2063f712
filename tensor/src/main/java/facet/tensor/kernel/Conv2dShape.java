package facet.tensor.kernel;

/// The geometry of a 2-d convolution: `x [n, h, w, c]`, weight `[o, kh, kw, c]`, `y [n, oh, ow,
/// o]`, zero padding `pad` on all four sides. The padded image holds at least one window.
public record Conv2dShape(int n, int h, int w, int c, int o, int kh, int kw, int stride, int pad) {

  /// Output height.
  public int oh() {
    return (h + 2 * pad - kh) / stride + 1;
  }

  /// Output width.
  public int ow() {
    return (w + 2 * pad - kw) / stride + 1;
  }
}
