package facet.tensor.kernel;

/// The geometry of a 2-d convolution in groups: `x [n, h, w, c]`, weight `[kh, kw, c, per]`, `y [n,
/// oh, ow, c]`, zero padding `pad` on all four sides. The padded image holds at least one window.
///
/// @param per channels of a group, of which `c` is a multiple; 1 for a depthwise convolution
public record GroupedConvShape(
    int n, int h, int w, int c, int per, int kh, int kw, int stride, int pad) {

  /// Output height.
  public int oh() {
    return (h + 2 * pad - kh) / stride + 1;
  }

  /// Output width.
  public int ow() {
    return (w + 2 * pad - kw) / stride + 1;
  }
}
