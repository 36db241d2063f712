package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.PITCH;

import jdk.incubator.vector.FloatVector;

/// A factor of a matrix product, seen line by line: its *lines* are the rows of the left factor or
/// the columns of the right one, and `k` runs along a line. It copies itself block by block into
/// the order in which a [GemmMicroKernel] reads it.
interface GemmOperand {
  /// A left factor, in the order that takes less copying.
  sealed interface Left {}

  /// A left factor for [GemmMicroKernel#rows].
  non-sealed interface Rows extends Left {
    /// Writes lines `line` to `line + lines` between `k` and `k + ks`, a pitch apart: `to[at + i
    /// PITCH + (k' - k)] = line i's element k'`.
    void rows(int line, int lines, int k, int ks, float[] to, int at);
  }

  /// A left factor for [GemmMicroKernel#interleaved].
  non-sealed interface Interleaved extends Left {
    /// Writes lines `line` to `line + lines` between `k` and `k + ks` as strips of `height` lines:
    /// `to[at + (i / height ks + k' - k) pitch + i % height] = line i's element k'`. What lies
    /// between is undefined.
    ///
    /// @param pitch at least `height`
    void strips(int line, int lines, int k, int ks, int height, int pitch, float[] to, int at);
  }

  /// A right factor.
  interface Panels {
    /// Writes lines `line` to `line + lines` between `k` and `k + ks` as panels of `width` lines:
    /// `to[at + i / width * width ks + (k' - k) width + i % width] = line i's element k'`. What a
    /// last panel's missing lines get is undefined. A right factor's `width` is two vectors.
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
        System.arraycopy(array, offset + (line + i) * stride + k, to, at + i * PITCH, ks);
      }
    }

    @Override
    public void panels(int line, int lines, int k, int ks, int width, float[] to, int at) {
      for (int i = 0; i < lines; i += 4) {
        int first = offset + (line + i) * stride + k;
        int target = at + i / width * width * ks + i % width;
        if (i + 4 <= lines && i % width + 4 <= width) {
          interleave4(array, first, stride, ks, to, target, width);
        } else {
          for (int j = i; j < Math.min(i + 4, lines); j++) {
            transpose(
                first + (j - i) * stride, ks, to, at + j / width * width * ks + j % width, width);
          }
        }
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
  record AcrossLines(Lanes lanes, float[] array, int offset, int stride)
      implements Interleaved, Panels {
    /// Steps of `k` that one panel is given before the next: panels are often a power of two apart,
    /// and a step alone would put them all in the same few cache sets.
    private static final int STEPS = 8;

    @Override
    public void strips(
        int line, int lines, int k, int ks, int height, int pitch, float[] to, int at) {
      // Vectors reach beyond their lines, into the next steps', which the last ones do not have.
      int reach = GemmMicroKernel.roundUp(pitch, lanes.count());
      int whole = Math.max(0, ks - Math.ceilDiv(reach, stride));
      for (int j = 0; j < whole; j += STEPS) {
        int steps = Math.min(STEPS, whole - j);
        for (int i = 0; i < lines; i += height) {
          int from = offset + (k + j) * stride + line + i;
          int target = at + (i / height * ks + j) * pitch;
          for (int part = 0; part < pitch; part += lanes.count()) {
            strip(from + part, steps, pitch, to, target + part);
          }
        }
      }
      for (int j = whole; j < ks; j++) {
        for (int i = 0; i < lines; i += height) {
          int from = offset + (k + j) * stride + line + i;
          int count = Math.min(height, lines - i);
          copy(lanes, array, from, count, to, at + (i / height * ks + j) * pitch);
        }
      }
    }

    /// A vector a step.
    private void strip(int start, int steps, int pitch, float[] to, int target) {
      var s = lanes.floats();
      int from = start;
      int at = target;
      for (int step = 0; step < steps; step++) {
        FloatVector.fromArray(s, array, from).intoArray(to, at);
        from += stride;
        at += pitch;
      }
    }

    @Override
    public void panels(int line, int lines, int k, int ks, int width, float[] to, int at) {
      for (int j = 0; j < ks; j += STEPS) {
        int steps = Math.min(STEPS, ks - j);
        for (int i = 0; i < lines; i += width) {
          int from = offset + (k + j) * stride + line + i;
          int target = at + i * ks + j * width;
          if (i + width <= lines) {
            panel(from, steps, to, target);
          } else {
            lastPanel(from, steps, lines - i, width, to, target);
          }
        }
      }
    }

    /// Two vectors a step.
    private void panel(int start, int steps, float[] to, int target) {
      var s = lanes.floats();
      int from = start;
      int at = target;
      for (int step = 0; step < steps; step++) {
        FloatVector.fromArray(s, array, from).intoArray(to, at);
        FloatVector.fromArray(s, array, from + s.length()).intoArray(to, at + s.length());
        from += stride;
        at += 2 * s.length();
      }
    }

    private void lastPanel(int from, int steps, int count, int width, float[] to, int at) {
      for (int step = 0; step < steps; step++) {
        copy(lanes, array, from + step * stride, count, to, at + step * width);
      }
    }
  }

  /// Transposes four rows of `count` floats, `stride` apart, into rows of four floats, `step`
  /// apart.
  private static void interleave4(
      float[] from, int start, int stride, int count, float[] to, int at, int step) {
    int a = start;
    int b = a + stride;
    int c = b + stride;
    int d = c + stride;
    for (int i = 0; i < count; i++) {
      to[at] = from[a + i];
      to[at + 1] = from[b + i];
      to[at + 2] = from[c + i];
      to[at + 3] = from[d + i];
      at += step;
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
