package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// A factor of a matrix product, seen line by line: its *lines* are the rows of the left factor or
/// the columns of the right one, and `k` runs along a line. It copies itself block by block into
/// one of the two orders in which the [MicroKernel] reads; the right factor must be [Panels].
sealed interface Operand {
  /// A left factor for [MicroKernel#rows].
  non-sealed interface Rows extends Operand {
    /// Writes lines `line` to `line + lines` between `k` and `k + ks`, one after the other: `to[at
    /// + i ks + (k' - k)] = line i's element k'`.
    void rows(int line, int lines, int k, int ks, float[] to, int at);
  }

  /// A right factor, or a left one for [MicroKernel#columns].
  non-sealed interface Panels extends Operand {
    /// Writes lines `line` to `line + lines` between `k` and `k + ks` as panels of `width` lines:
    /// `to[at + i / width * width ks + (k' - k) width + i % width] = line i's element k'`. What a
    /// last panel's missing lines get is undefined.
    void panels(int line, int lines, int k, int ks, int width, float[] to, int at);
  }

  /// A matrix whose lines lie one after the other in memory, their elements adjacent.
  ///
  /// @param stride distance of lines
  @SuppressWarnings("ArrayRecordComponent")
  record AlongLines(float[] array, int offset, int stride) implements Rows, Panels {
    @Override
    public void rows(int line, int lines, int k, int ks, float[] to, int at) {
      for (int i = 0; i < lines; i++) {
        System.arraycopy(array, offset + (line + i) * stride + k, to, at + i * ks, ks);
      }
    }

    @Override
    public void panels(int line, int lines, int k, int ks, int width, float[] to, int at) {
      for (int i = 0; i < lines; i += 4) {
        int first = offset + (line + i) * stride + k;
        int target = at + i / width * width * ks + i % width;
        if (i + 4 <= lines && i % width + 4 <= width) {
          transpose4(first, ks, to, target, width);
        } else {
          for (int j = i; j < Math.min(i + 4, lines); j++) {
            transpose(
                first + (j - i) * stride, ks, to, at + j / width * width * ks + j % width, width);
          }
        }
      }
    }

    /// Writes four lines as four adjacent columns of a panel.
    private void transpose4(int start, int ks, float[] to, int at, int width) {
      int a = start;
      int b = a + stride;
      int c = b + stride;
      int d = c + stride;
      for (int j = 0; j < ks; j++) {
        to[at] = array[a + j];
        to[at + 1] = array[b + j];
        to[at + 2] = array[c + j];
        to[at + 3] = array[d + j];
        at += width;
      }
    }

    private void transpose(int start, int ks, float[] to, int at, int width) {
      for (int j = 0; j < ks; j++) {
        to[at + j * width] = array[start + j];
      }
    }
  }

  /// A matrix whose lines lie beside each other in memory.
  ///
  /// @param stride distance of a line's elements
  @SuppressWarnings("ArrayRecordComponent")
  record AcrossLines(Lanes lanes, float[] array, int offset, int stride) implements Panels {
    @Override
    public void panels(int line, int lines, int k, int ks, int width, float[] to, int at) {
      for (int j = 0; j < ks; j++) {
        int from = offset + (k + j) * stride + line;
        for (int i = 0; i < lines; i += width) {
          int count = Math.min(width, lines - i);
          int target = at + i * ks + j * width;
          // What runs over a row is overwritten by the next one; the last must not run over.
          if (j + 1 < ks) {
            overshoot(lanes, array, from + i, count, to, target);
          } else {
            copy(lanes, array, from + i, count, to, target);
          }
        }
      }
    }
  }

  /// Copies `count` floats and then some, up to a whole vector, where the source has them.
  private static void overshoot(
      Lanes lanes, float[] from, int start, int count, float[] to, int at) {
    var s = lanes.floats();
    int i = 0;
    for (; i < count && start + i + s.length() <= from.length; i += s.length()) {
      FloatVector.fromArray(s, from, start + i).intoArray(to, at + i);
    }
    for (; i < count; i++) {
      to[at + i] = from[start + i];
    }
  }

  /// Copies `count` floats; for short runs, for which `System.arraycopy` takes too long to start.
  static void copy(Lanes lanes, float[] from, int start, int count, float[] to, int at) {
    var s = lanes.floats();
    int lane = s.length();
    if (count < lane) {
      for (int i = 0; i < count; i++) {
        to[at + i] = from[start + i];
      }
      return;
    }
    for (int i = 0; i < count - lane; i += lane) {
      FloatVector.fromArray(s, from, start + i).intoArray(to, at + i);
    }
    FloatVector.fromArray(s, from, start + count - lane).intoArray(to, at + count - lane);
  }
}
