package facet.kernels.cpu;

/// The right factor of backward-data: the weights `[o, kh, kw, c]` that a window over `dy` meets,
/// line = input channel, `k = (row * columns + column) * o + output channel`.
///
/// A window that moves down over `dy` moves up over the kernel, hence the descending taps: window
/// row `r` meets kernel row `lastRow - r step`.
@SuppressWarnings("ArrayRecordComponent")
record ConvFlippedWeights(
    Lanes lanes,
    float[] array,
    int offset,
    int kh,
    int kw,
    int c,
    int o,
    int step,
    int lastRow,
    int lastColumn,
    int columns)
    implements GemmOperand.Panels {
  @Override
  public void panels(int line, int lines, int k, int ks, int width, float[] to, int at) {
    for (int j = 0; j < ks; j++) {
      int tap = (k + j) / o;
      int row = lastRow - tap / columns * step;
      int column = lastColumn - tap % columns * step;
      int from = offset + (((k + j) % o * kh + row) * kw + column) * c + line;
      for (int i = 0; i < lines; i += width) {
        int target = at + i * ks + j * width;
        GemmOperand.copy(lanes, array, from + i, Math.min(width, lines - i), to, target);
      }
    }
  }
}
