package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.PITCH;
import static facet.kernels.cpu.GemmMicroKernel.SPARE;
import static facet.kernels.cpu.GemmMicroKernel.roundUp;

import facet.tensor.kernel.Conv2dShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Convolution of images with few channels, such as the first one of a network. The rows of the
/// image that the windows of one output row see are few floats: they are taken apart by channels,
/// so that what neighbouring windows have at the same place lies side by side.
final class ConvFewChannels {
  private static final int FIRST = FloatStorage.ALIGNED;

  /// Channels from which [ConvImplicitGemm] is as fast: it copies long runs.
  private static final int MANY_CHANNELS = 8;

  private final Workers workers;
  private final Lanes lanes;
  private final GemmMicroKernel kernel;
  private final Scratch weights = new Scratch();
  private final Scratch[] lines;
  private final Scratch[] windows;
  private final Scratch[] gradients;
  private final Scratch[] products;

  ConvFewChannels(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.kernel = GemmMicroKernel.of(lanes);
    this.lines = Scratch.perWorker(workers);
    this.windows = Scratch.perWorker(workers);
    this.gradients = Scratch.perWorker(workers);
    this.products = Scratch.perWorker(workers);
  }

  /// Whether the method applies: tiles are whole in the output's channels and fit into its rows.
  boolean suits(Conv2dShape s) {
    return s.c() < MANY_CHANNELS
        && s.kh() * s.kw() * s.c() <= GemmMicroKernel.DEPTH
        && s.o() % kernel.width == 0
        && s.ow() >= kernel.height
        && s.ow() <= GemmMicroKernel.DEPTH;
  }

  /// `y [positions, o] = windows [positions, kh kw c] * w^T`, an output row at a time.
  void forward(Conv2dShape s, FloatStorage x, FloatStorage w, FloatStorage y) {
    int k = s.kh() * s.kw() * s.c();
    var panels = weights.atLeast(k * s.o() + SPARE * kernel.width);
    new GemmOperand.AlongLines(w.array(), w.offset(), k)
        .panels(0, s.o(), 0, k, kernel.width, panels, FIRST);
    var elements = elements(s);
    workers.forEach(
        s.n() * s.oh(),
        (from, to, worker) -> {
          var seen = new Lines(s, x, elements, worker);
          var tile = windows[worker].atLeast(k * kernel.pitch + lanes.count());
          for (int row = from; row < to; row++) {
            seen.moveTo(row);
            for (int q = 0; q < s.ow(); q += kernel.height) {
              // The last tile moves back to end with the row and computes some pixels twice.
              int first = Math.min(q, s.ow() - kernel.height);
              seen.copy(first, kernel.pitch, tile, kernel.pitch);
              int out = y.offset() + (row * s.ow() + first) * s.o();
              for (int j = 0; j < s.o(); j += kernel.width) {
                int panel = FIRST + j * k;
                kernel.interleaved(k, tile, FIRST, panels, panel, y.array(), out + j, s.o(), false);
              }
            }
          }
        });
  }

  /// `dw^T [kh kw c, o] = windows^T [kh kw c, positions] * dy`. Workers share the positions; their
  /// sums are added in order.
  void backwardWeight(Conv2dShape s, FloatStorage x, FloatStorage dy, FloatStorage dw) {
    int size = roundUp(s.kh() * s.kw() * s.c(), kernel.height) * s.o();
    int rows = s.n() * s.oh();
    var sums = products[0].atLeast(size);
    if (rows == 0) {
      Arrays.fill(sums, FIRST, FIRST + size, 0);
    }
    var elements = elements(s);
    workers.forEach(
        rows,
        (from, to, worker) ->
            correlate(s, new Lines(s, x, elements, worker), dy, from, to, worker));
    for (int i = 1; i < Math.min(workers.count(), rows); i++) {
      var more = products[i].atLeast(size);
      for (int j = FIRST; j < FIRST + size; j++) {
        sums[j] += more[j];
      }
    }
    unpack(s, sums, dw);
  }

  private void correlate(Conv2dShape s, Lines seen, FloatStorage dy, int from, int to, int worker) {
    int width = kernel.width;
    int k = roundUp(s.kh() * s.kw() * s.c(), kernel.height);
    var a = windows[worker].atLeast(k * PITCH + SPARE);
    var b = gradients[worker].atLeast(s.ow() * s.o() + SPARE * width);
    var sums = products[worker].atLeast(k * s.o());
    for (int row = from; row < to; row++) {
      seen.moveTo(row);
      seen.copy(0, s.ow(), a, PITCH);
      new GemmOperand.AcrossLines(lanes, dy.array(), dy.offset() + row * s.ow() * s.o(), s.o())
          .panels(0, s.o(), 0, s.ow(), width, b, FIRST);
      for (int j = 0; j < s.o(); j += width) {
        for (int i = 0; i < k; i += kernel.height) {
          int ao = FIRST + i * PITCH;
          int bo = FIRST + j * s.ow();
          kernel.rows(s.ow(), a, ao, b, bo, sums, FIRST + i * s.o() + j, s.o(), row > from);
        }
      }
    }
  }

  /// `dw [o][element]` from `sums [element][o]`.
  private void unpack(Conv2dShape s, float[] sums, FloatStorage dw) {
    int length = s.kh() * s.kw() * s.c();
    int to = dw.offset();
    for (int o = 0; o < s.o(); o++) {
      for (int i = 0; i < length; i++, to++) {
        dw.array()[to] = sums[FIRST + i * s.o() + o];
      }
    }
  }

  /// The floats of a channel, a row and a remainder of columns modulo the stride, with zeros around
  /// the image; and what vectors read behind the last one.
  private int lineLength(Conv2dShape s) {
    return Math.ceilDiv(s.w() + 2 * s.pad(), s.stride()) + 2 * lanes.count();
  }

  /// Where the elements of a row's first window lie in [Lines], for each remainder of its uppermost
  /// input row modulo the kernel's height.
  private int[][] elements(Conv2dShape s) {
    var at = new int[s.kh()][s.kh() * s.kw() * s.c()];
    for (int top = 0; top < s.kh(); top++) {
      int e = 0;
      for (int row = 0; row < s.kh(); row++) {
        for (int column = 0; column < s.kw(); column++) {
          for (int channel = 0; channel < s.c(); channel++, e++) {
            int line = ((top + row) % s.kh() * s.c() + channel) * s.stride() + column % s.stride();
            at[top][e] = FIRST + line * lineLength(s) + column / s.stride();
          }
        }
      }
    }
    return at;
  }

  /// The rows of an image that the windows of an output row see: `[row modulo kernel height]
  /// [channel][column modulo stride][column / stride]`, columns counted from the border of zeros.
  private final class Lines {
    final Conv2dShape s;
    final FloatStorage x;
    final int[][] elements;
    final int length;
    final float[] array;

    /// Where the elements of the first window are.
    int[] window = {};

    /// The output row.
    int row = -1;

    Lines(Conv2dShape s, FloatStorage x, int[][] elements, int worker) {
      this.s = s;
      this.x = x;
      this.elements = elements;
      this.length = lineLength(s);
      this.array = lines[worker].atLeast(s.kh() * s.c() * s.stride() * length);
    }

    /// Moves on to an output row, counted over all images.
    void moveTo(int next) {
      int top = next % s.oh() * s.stride() - s.pad();
      // Of the row before, what the next one sees, too, stays.
      boolean follows = next == row + 1 && next % s.oh() > 0;
      for (int i = follows ? Math.max(0, s.kh() - s.stride()) : 0; i < s.kh(); i++) {
        fill(next / s.oh(), top + i);
      }
      row = next;
      window = elements[Math.floorMod(top, s.kh())];
    }

    private void fill(int image, int y) {
      int c = s.c();
      int stride = s.stride();
      int start = FIRST + Math.floorMod(y, s.kh()) * c * stride * length;
      Arrays.fill(array, start, start + c * stride * length, 0);
      if (y < 0 || y >= s.h()) {
        return;
      }
      int line = x.offset() + (image * s.h() + y) * s.w() * c;
      for (int column = 0; column < Math.min(stride, s.w()); column++) {
        int place = (column + s.pad()) % stride * length + (column + s.pad()) / stride;
        int count = Math.ceilDiv(s.w() - column, stride);
        for (int channel = 0; channel < c; channel++) {
          int from = line + column * c + channel;
          int to = start + channel * stride * length + place;
          for (int j = 0; j < count; j++) {
            array[to + j] = x.array()[from + j * stride * c];
          }
        }
      }
    }

    /// Copies what `positions` from `position` on see at each element of a window, to rows
    /// `distance` apart, and what fills the last vector of each.
    void copy(int position, int positions, float[] to, int distance) {
      for (int i = 0; i < positions; i += lanes.count()) {
        copyVector(position + i, to, FIRST + i, distance);
      }
    }

    private void copyVector(int position, float[] to, int start, int distance) {
      var v = lanes.floats();
      int at = start;
      for (int element : window) {
        FloatVector.fromArray(v, array, element + position).intoArray(to, at);
        at += distance;
      }
    }
  }
}
