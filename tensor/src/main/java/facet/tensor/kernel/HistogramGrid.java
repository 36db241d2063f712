package facet.tensor.kernel;

/// The nodes of a soft histogram, `t_r = low + r * step` for `r = 0 .. nodes - 1`, and the width of
/// its kernel `exp(-gamma (s - t)^2)`.
public record HistogramGrid(double low, double step, int nodes, double gamma) {
  public double node(int r) {
    return low + r * step;
  }
}
