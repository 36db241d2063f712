package facet.kernels.cpu;

/// The patch matrix of a convolution ("im2col"), never stored: a line is what the window sees from
/// one position, `k = (row * columns + column) * c + channel`, with zeros outside the image.
///
/// Lines are numbered `(image * gridH + p) * gridW + q`; the window of `(p, q)` has its top left
/// corner at pixel `(top + p step, left + q step)`.
///
/// @param array images `[n, h, w, c]`, the first at `offset`
/// @param rows height of the window, `columns` its width
@SuppressWarnings("ArrayRecordComponent")
record Patches(
    float[] array,
    int offset,
    int h,
    int w,
    int c,
    int gridH,
    int gridW,
    int step,
    int top,
    int left,
    int rows,
    int columns)
    implements Operand {

  /// The window's row `row` from position `line`: where its elements start in the array, were the
  /// image wide enough.
  private int start(int line, int row) {
    int q = line % gridW;
    int p = line / gridW % gridH;
    int image = line / gridW / gridH;
    return offset + ((image * h + top + p * step + row) * w + left + q * step) * c;
  }

  /// The first element of a window row of `columns * c` that lies inside the image.
  private int inside(int line, int row) {
    int y = top + line / gridW % gridH * step + row;
    int x = left + line % gridW * step;
    return y < 0 || y >= h ? columns * c : Math.min(columns, Math.max(0, -x)) * c;
  }

  /// One past the last element of a window row that lies inside the image; at least [#inside].
  private int outside(int line, int row) {
    int x = left + line % gridW * step;
    return Math.max(inside(line, row), Math.min(columns, w - x) * c);
  }

  @Override
  public void pack(int line, int lines, int k, int ks, int width, float[] to, int at) {
    int length = columns * c;
    for (int row = k / length; row * length < k + ks; row++) {
      int from = Math.max(k - row * length, 0);
      int end = Math.min(k + ks - row * length, length);
      int target = at + (row * length + from - k) * width;
      int i = 0;
      while (i < lines) {
        if (i + 4 <= lines && fourBeside(line + i, row)) {
          int start = start(line + i, row) + from;
          Operand.transpose4(array, start, step * c, end - from, 1, to, target + i, width);
          i += 4;
        } else {
          packRow(line + i, row, from, end, to, target + i, width);
          i++;
        }
      }
    }
    Operand.zeroLines(lines, ks, width, to, at);
  }

  /// Whether this line and the next three are neighbours that all see only pixels of the image.
  private boolean fourBeside(int line, int row) {
    return line % gridW + 4 <= gridW
        && inside(line, row) == 0
        && outside(line + 3, row) == columns * c;
  }

  /// Elements `from` to `end` of a window row, `width` apart.
  private void packRow(int line, int row, int from, int end, float[] to, int at, int width) {
    int first = Math.clamp(inside(line, row), from, end);
    int last = Math.clamp(outside(line, row), first, end);
    int start = start(line, row);
    int target = at;
    for (int j = from; j < first; j++, target += width) {
      to[target] = 0;
    }
    for (int j = first; j < last; j++, target += width) {
      to[target] = array[start + j];
    }
    for (int j = last; j < end; j++, target += width) {
      to[target] = 0;
    }
  }

  /// The same matrix seen from its columns: a line is one element of the window, `k` the position.
  Operand transposed() {
    return this::packColumns;
  }

  private void packColumns(int line, int lines, int k, int ks, int width, float[] to, int at) {
    int length = columns * c;
    for (int row = line / length; row * length < line + lines; row++) {
      int from = Math.max(line - row * length, 0);
      int end = Math.min(line + lines - row * length, length);
      int target = at + row * length + from - line;
      for (int j = 0; j < ks; j++) {
        packRow(k + j, row, from, end, to, target + j * width, 1);
      }
    }
    Operand.zeroLines(lines, ks, width, to, at);
  }
}
