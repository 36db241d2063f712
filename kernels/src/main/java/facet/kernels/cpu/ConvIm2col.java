package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.PITCH;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The patch matrix of a convolution ("im2col"), never stored as a whole: a row is what the window
/// sees from one position, element `(row * columns + column) * c + channel`, with zeros outside the
/// image.
///
/// Positions are numbered `(image * gridH + p) * gridW + q`; the window of `(p, q)` has its top
/// left corner at pixel `(top + p step, left + q step)`.
///
/// @param array images `[n, h, w, c]`, the first at `offset`
/// @param columns width of the window
@SuppressWarnings("ArrayRecordComponent")
record ConvIm2col(
    Lanes lanes,
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
    int columns)
    implements GemmOperand.Rows {

  /// Adjacent positions that [#panels] takes at a time.
  private static final int STEPS = 8;

  @Override
  public void rows(int line, int lines, int k, int ks, float[] to, int at) {
    int length = columns * c;
    for (int row = k / length; row * length < k + ks; row++) {
      int from = Math.max(k - row * length, 0);
      int end = Math.min(k + ks - row * length, length);
      int target = at + row * length + from - k;
      segments(line, lines, row, from, end, to, target, PITCH);
    }
  }

  /// Elements `from` to `end` of the window row `row`, seen from `count` positions, `stride` apart.
  private void segments(
      int position, int count, int row, int from, int end, float[] to, int at, int stride) {
    int q = position % gridW;
    int p = position / gridW % gridH;
    int image = position / gridW / gridH;
    for (int i = 0; i < count; i++, at += stride) {
      int y = top + p * step + row;
      int x = left + q * step;
      int start = offset + ((image * h + y) * w + x) * c;
      boolean rowInside = y >= 0 && y < h;
      if (rowInside && x * c + from >= 0 && x * c + end <= w * c) {
        GemmOperand.copy(lanes, array, start + from, end - from, to, at);
      } else {
        int first = rowInside ? Math.clamp(-x * (long) c, from, end) : end;
        int last = Math.clamp((w - x) * (long) c, first, end);
        Arrays.fill(to, at, at + first - from, 0);
        if (last > first) {
          System.arraycopy(array, start + first, to, at + first - from, last - first);
        }
        Arrays.fill(to, at + last - from, at + end - from, 0);
      }
      if (++q == gridW) {
        q = 0;
        if (++p == gridH) {
          p = 0;
          image++;
        }
      }
    }
  }

  /// The same matrix as a right factor: a line is one element of the window, `k` the position.
  GemmOperand.Panels asRight() {
    return this::panels;
  }

  /// Takes [#STEPS] positions through all panels before the next ones: what a window sees lies side
  /// by side, and panels are often a power of two apart, so that a position alone would put them
  /// all in the same few cache sets.
  private void panels(int line, int lines, int k, int ks, int width, float[] to, int at) {
    int length = columns * c;
    for (int j = 0; j < ks; ) {
      int q = (k + j) % gridW;
      int x = left + q * step;
      boolean inside = x >= 0 && x + columns <= w;
      int last = inside ? Math.min(gridW - 1, q + (w - columns - x) / step) : q;
      int steps = Math.min(Math.min(STEPS, ks - j), last - q + 1);
      for (int i = 0; i < lines; ) {
        // As many elements as lie in one row of the window.
        int row = (line + i) / length;
        int from = (line + i) % length;
        int count = Math.min(length - from, lines - i);
        pieces(k + j, steps, inside, row, from, i, count, width, ks, to, at + j * width);
        i += count;
      }
      j += steps;
    }
  }

  /// Elements `from` to `from + count` of the window row `row`, which are lines `line` to `line +
  /// count` of the panels, seen from `steps` positions of one line.
  ///
  /// @param between whether all columns of their windows lie inside the image
  private void pieces(
      int position,
      int steps,
      boolean between,
      int row,
      int from,
      int line,
      int count,
      int width,
      int ks,
      float[] to,
      int at) {
    var s = lanes.floats();
    int y = top + position / gridW % gridH * step + row;
    int x = left + position % gridW * step;
    int image = position / gridW / gridH;
    int start = offset + ((image * h + y) * w + x) * c + from - line;
    boolean inside = between && y >= 0 && y < h;
    for (int i = line; i < line + count; ) {
      int piece = Math.min(width - i % width, line + count - i);
      int target = at + i / width * width * ks + i % width;
      if (inside && piece == width) {
        int source = start + i;
        for (int j = 0; j < steps; j++) {
          FloatVector.fromArray(s, array, source).intoArray(to, target);
          FloatVector.fromArray(s, array, source + s.length()).intoArray(to, target + s.length());
          source += step * c;
          target += width;
        }
      } else {
        int element = from + i - line;
        segments(position, steps, row, element, element + piece, to, target, width);
      }
      i += piece;
    }
  }
}
