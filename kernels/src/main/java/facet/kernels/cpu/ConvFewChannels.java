package facet.kernels.cpu;

import static facet.kernels.cpu.GemmMicroKernel.SPARE;
import static facet.kernels.cpu.GemmMicroKernel.roundUp;

import facet.tensor.kernel.Conv2dShape;
import java.util.Arrays;

/// Convolution of images with few channels, such as the first one of a network.
///
/// The rows of the image that the windows of one output row see are copied into a *band*, column by
/// column: `[column][kernel row][channel]`, with zeros around the image. A window is then one run
/// of floats, and the next one begins `stride` columns further on. The micro-kernel takes these
/// overlapping runs as the rows of its left factor, so that nothing is copied as often as windows
/// overlap.
final class ConvFewChannels {
  private static final int FIRST = FloatStorage.ALIGNED;

  /// Channels from which [ConvImplicitGemm] is as fast: it copies long runs.
  private static final int MANY_CHANNELS = 8;

  private final Workers workers;
  private final Lanes lanes;
  private final GemmMicroKernel kernel;
  private final Scratch weights = new Scratch();
  private final Scratch[] bands;
  private final Scratch[] windows;
  private final Scratch[] gradients;
  private final Scratch[] products;

  ConvFewChannels(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.kernel = GemmMicroKernel.of(lanes);
    this.bands = Scratch.perWorker(workers);
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

  /// `y [positions, o] = windows [positions, kw kh c] * w^T`, an output row at a time.
  void forward(Conv2dShape s, FloatStorage x, FloatStorage w, FloatStorage y) {
    int k = s.kw() * s.kh() * s.c();
    int step = s.stride() * s.kh() * s.c();
    var panels = weights.atLeast((k + SPARE) * s.o());
    packWeights(s, w, panels);
    workers.forEach(
        s.n() * s.oh(),
        (from, to, worker) -> {
          var band = bands[worker].atLeast(bandLength(s));
          for (int row = from; row < to; row++) {
            fill(s, x, row, band);
            int out = y.offset() + row * s.ow() * s.o();
            for (int q = 0; q < s.ow(); q += kernel.height) {
              // The last tile moves back to end with the row and computes some pixels twice.
              int first = Math.min(q, s.ow() - kernel.height);
              int tile = out + first * s.o();
              for (int j = 0; j < s.o(); j += kernel.width) {
                int panel = FIRST + j * k;
                kernel.rows(
                    k,
                    band,
                    FIRST + first * step,
                    step,
                    panels,
                    panel,
                    y.array(),
                    tile + j,
                    s.o(),
                    false);
              }
            }
          }
        });
  }

  private static int bandLength(Conv2dShape s) {
    return (s.w() + 2 * s.pad()) * s.kh() * s.c() + SPARE;
  }

  /// `panel [kw kh c][two vectors of output channels]`, one panel after the other.
  private void packWeights(Conv2dShape s, FloatStorage w, float[] panels) {
    int c = s.c();
    int at = FIRST;
    for (int j = 0; j < s.o(); j += kernel.width) {
      for (int column = 0; column < s.kw(); column++) {
        for (int row = 0; row < s.kh(); row++) {
          for (int channel = 0; channel < c; channel++, at += kernel.width) {
            int from = w.offset() + ((j * s.kh() + row) * s.kw() + column) * c + channel;
            for (int i = 0; i < kernel.width; i++) {
              panels[at + i] = w.array()[from + i * s.kh() * s.kw() * c];
            }
          }
        }
      }
    }
  }

  /// Makes the band of output row `row`, counted over all images.
  private static void fill(Conv2dShape s, FloatStorage x, int row, float[] band) {
    int c = s.c();
    int image = row / s.oh();
    int top = row % s.oh() * s.stride() - s.pad();
    int column = s.kh() * c;
    Arrays.fill(band, FIRST, FIRST + bandLength(s), 0);
    for (int i = Math.max(0, -top); i < Math.min(s.kh(), s.h() - top); i++) {
      int from = x.offset() + (image * s.h() + top + i) * s.w() * c;
      int to = FIRST + s.pad() * column + i * c;
      for (int j = 0; j < s.w(); j++, from += c, to += column) {
        for (int channel = 0; channel < c; channel++) {
          band[to + channel] = x.array()[from + channel];
        }
      }
    }
  }

  /// `dw^T [kw kh c, o] = windows^T [kw kh c, positions] * dy`. Workers share the positions; their
  /// sums are added in order.
  void backwardWeight(Conv2dShape s, FloatStorage x, FloatStorage dy, FloatStorage dw) {
    int k = roundUp(s.kw() * s.kh() * s.c(), kernel.panelHeight);
    int rows = s.n() * s.oh();
    var sums = products[0].atLeast(k * s.o());
    if (rows == 0) {
      Arrays.fill(sums, FIRST, FIRST + k * s.o(), 0);
    }
    workers.forEach(rows, (from, to, worker) -> correlate(s, x, dy, from, to, worker));
    for (int i = 1; i < Math.min(workers.count(), rows); i++) {
      var more = products[i].atLeast(k * s.o());
      for (int j = FIRST; j < FIRST + k * s.o(); j++) {
        sums[j] += more[j];
      }
    }
    unpack(s, k, sums, dw);
  }

  private void correlate(
      Conv2dShape s, FloatStorage x, FloatStorage dy, int from, int to, int worker) {
    int width = kernel.width;
    int length = s.kw() * s.kh() * s.c();
    int k = roundUp(length, kernel.panelHeight);
    int panel = s.ow() * width;
    var band = bands[worker].atLeast(bandLength(s));
    var a = windows[worker].atLeast((roundUp(k, width) + width) * s.ow());
    var b = gradients[worker].atLeast(s.ow() * s.o() + SPARE * width);
    var sums = products[worker].atLeast(k * s.o());
    for (int row = from; row < to; row++) {
      fill(s, x, row, band);
      packWindows(s, band, length, a);
      new GemmOperand.AcrossLines(lanes, dy.array(), dy.offset() + row * s.ow() * s.o(), s.o())
          .panels(0, s.o(), 0, s.ow(), width, b, FIRST);
      for (int j = 0; j < s.o() / width; j++) {
        for (int i = 0; i < k; i += kernel.panelHeight) {
          int ao = FIRST + i / width * panel + i % width;
          int co = FIRST + (j * k + i) * width;
          kernel.columns(s.ow(), a, ao, b, FIRST + j * panel, sums, co, row > from);
        }
      }
    }
  }

  /// The band's windows as panels `[position][two vectors of window elements]`; what follows the
  /// last element is of no account.
  private void packWindows(Conv2dShape s, float[] band, int length, float[] to) {
    int width = kernel.width;
    int step = s.stride() * s.kh() * s.c();
    for (int i = 0; i < length; i += width) {
      int count = Math.min(width, length - i);
      int at = FIRST + i * s.ow();
      for (int q = 0; q < s.ow(); q++) {
        GemmOperand.copy(lanes, band, FIRST + q * step + i, count, to, at + q * width);
      }
    }
  }

  /// `dw [o][row][column][channel]` from `sums [panel][column][row][channel][two vectors]`.
  private void unpack(Conv2dShape s, int k, float[] sums, FloatStorage dw) {
    int width = kernel.width;
    int to = dw.offset();
    for (int o = 0; o < s.o(); o++) {
      int from = FIRST + o / width * width * k + o % width;
      for (int row = 0; row < s.kh(); row++) {
        for (int column = 0; column < s.kw(); column++) {
          for (int channel = 0; channel < s.c(); channel++, to++) {
            dw.array()[to] = sums[from + ((column * s.kh() + row) * s.c() + channel) * width];
          }
        }
      }
    }
  }
}
