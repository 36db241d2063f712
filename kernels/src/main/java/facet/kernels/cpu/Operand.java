package facet.kernels.cpu;

/// A factor of a matrix product that can copy itself into panels for [MicroKernel#gemm]. Its
/// *lines* are the rows of the left factor or the columns of the right one; `k` runs along a line.
interface Operand {
  /// Writes lines `line` to `line + lines` between `k` and `k + ks` as one panel:
  /// `to[at + (k' - k) width + i] = line i's element k'`, zeros for `lines <= i < width`.
  void pack(int line, int lines, int k, int ks, int width, float[] to, int at);

  /// A matrix in memory.
  ///
  /// @param alongLine whether a line's elements are adjacent, and lines `stride` apart; otherwise
  ///     lines are adjacent and a line's elements `stride` apart
  /// @param scale factor of every element
  @SuppressWarnings("ArrayRecordComponent")
  record Matrix(float[] array, int offset, int stride, boolean alongLine, float scale)
      implements Operand {
    @Override
    public void pack(int line, int lines, int k, int ks, int width, float[] to, int at) {
      if (alongLine) {
        int i = 0;
        for (; i + 4 <= lines; i += 4) {
          int from = offset + (line + i) * stride + k;
          transpose4(array, from, stride, ks, scale, to, at + i, width);
        }
        for (; i < lines; i++) {
          int from = offset + (line + i) * stride + k;
          for (int j = 0; j < ks; j++) {
            to[at + j * width + i] = scale * array[from + j];
          }
        }
      } else {
        for (int j = 0; j < ks; j++) {
          int from = offset + (k + j) * stride + line;
          for (int i = 0; i < lines; i++) {
            to[at + j * width + i] = scale * array[from + i];
          }
        }
      }
      zeroLines(lines, ks, width, to, at);
    }
  }

  /// Writes four lines, `stride` apart, as four adjacent columns of a panel.
  static void transpose4(
      float[] from, int start, int stride, int ks, float scale, float[] to, int at, int width) {
    int a = start;
    int b = a + stride;
    int c = b + stride;
    int d = c + stride;
    for (int j = 0; j < ks; j++) {
      to[at] = scale * from[a + j];
      to[at + 1] = scale * from[b + j];
      to[at + 2] = scale * from[c + j];
      to[at + 3] = scale * from[d + j];
      at += width;
    }
  }

  /// Fills the lines a panel lacks.
  static void zeroLines(int lines, int ks, int width, float[] to, int at) {
    for (int i = lines; i < width; i++) {
      for (int j = 0; j < ks; j++) {
        to[at + j * width + i] = 0;
      }
    }
  }
}
