package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.GroupedConvKernels;
import facet.tensor.kernel.GroupedConvShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Convolution in groups with vectors along the channels. A depthwise one is a walk over the taps;
/// groups of `per` channels are `per` depthwise ones, added up: number k of an image in which each
/// channel is channel k of its group.
final class VectorGroupedConv implements GroupedConvKernels {
  /// The images of a gradient of the weight are cut into as many parts at most, always the same, so
  /// that its bits do not depend on the number of threads.
  private static final int MAX_PARTS = 64;

  private final Workers workers;
  private final Lanes lanes;
  private final ChannelSpread spread;
  private final Scratch image = new Scratch();
  private final Scratch weight = new Scratch();
  private final Scratch partial = new Scratch();

  VectorGroupedConv(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.spread = new ChannelSpread(workers, lanes);
  }

  @Override
  public void forward(GroupedConvShape s, Storage x, Storage w, Storage y) {
    var in = FloatStorage.of(x);
    var taps = FloatStorage.of(w);
    var out = FloatStorage.of(y);
    for (int k = 0; k < s.per(); k++) {
      depthwise(s, plane(s, in, s.h() * s.w(), k), weightOf(s, taps, k), out, k > 0);
    }
  }

  @Override
  public void backwardData(GroupedConvShape s, Storage dy, Storage w, Storage dx) {
    var in = FloatStorage.of(dy);
    var taps = FloatStorage.of(w);
    var out = FloatStorage.of(dx);
    for (int k = 0; k < s.per(); k++) {
      depthwiseData(s, plane(s, in, s.oh() * s.ow(), k), weightTo(s, taps, k), out, k > 0);
    }
  }

  @Override
  public void backwardWeight(GroupedConvShape s, Storage x, Storage dy, Storage dw) {
    var in = FloatStorage.of(x);
    var gradient = FloatStorage.of(dy);
    var out = FloatStorage.of(dw);
    for (int k = 0; k < s.per(); k++) {
      depthwiseWeight(s, plane(s, in, s.h() * s.w(), k), gradient, out, k);
    }
  }

  /// The images, each channel replaced by channel `k` of its group.
  private FloatStorage plane(GroupedConvShape s, FloatStorage x, int pixels, int k) {
    if (s.per() == 1) {
      return x;
    }
    var length = s.n() * pixels * s.c();
    var y = new FloatStorage(image.atLeast(length), FloatStorage.ALIGNED, length);
    spread.apply(x, s.per(), k, y);
    return y;
  }

  /// `[kh, kw, c]`, what each channel of the result takes channel `k` of its group by.
  private FloatStorage weightOf(GroupedConvShape s, FloatStorage w, int k) {
    if (s.per() == 1) {
      return w;
    }
    var planar = planar(s);
    for (int i = 0; i < planar.length(); i++) {
      planar.array()[planar.offset() + i] = w.array()[w.offset() + i * s.per() + k];
    }
    return planar;
  }

  /// `[kh, kw, c]`, what channel `k` of the group takes each channel of the images by.
  private FloatStorage weightTo(GroupedConvShape s, FloatStorage w, int k) {
    if (s.per() == 1) {
      return w;
    }
    var planar = planar(s);
    for (int i = 0; i < planar.length(); i++) {
      var c = i % s.per(); // of its group, which lies whole in the channels of a tap
      planar.array()[planar.offset() + i] = w.array()[w.offset() + (i - c + k) * s.per() + c];
    }
    return planar;
  }

  private FloatStorage planar(GroupedConvShape s) {
    var length = s.kh() * s.kw() * s.c();
    return new FloatStorage(weight.atLeast(length), FloatStorage.ALIGNED, length);
  }

  /// @param add whether to add to `y`
  private void depthwise(
      GroupedConvShape s, FloatStorage x, FloatStorage w, FloatStorage y, boolean add) {
    workers.forEach(
        s.n() * s.oh(),
        (from, to, worker) -> {
          for (int i = from * s.ow(); i < to * s.ow(); i++) {
            pixel(s, x, w, i, y, add);
          }
        });
  }

  /// Output pixel number `output`, all channels.
  private void pixel(
      GroupedConvShape shape,
      FloatStorage x,
      FloatStorage w,
      int output,
      FloatStorage y,
      boolean add) {
    var s = lanes.floats();
    var channels = shape.c();
    var n = output / (shape.oh() * shape.ow());
    var top = output / shape.ow() % shape.oh() * shape.stride() - shape.pad();
    var left = output % shape.ow() * shape.stride() - shape.pad();
    var firstRow = Math.max(0, -top);
    var endRow = Math.min(shape.kh(), shape.h() - top);
    var firstTap = Math.max(0, -left);
    var endTap = Math.min(shape.kw(), shape.w() - left);
    var corner = x.offset() + ((n * shape.h() + top) * shape.w() + left) * channels;
    var at = y.offset() + output * channels;
    int c = 0;
    for (; c <= channels - s.length(); c += s.length()) {
      var sum = FloatVector.zero(s);
      if (add) {
        sum = FloatVector.fromArray(s, y.array(), at + c);
      }
      for (int i = firstRow; i < endRow; i++) {
        var row = corner + i * shape.w() * channels + c;
        var taps = w.offset() + i * shape.kw() * channels + c;
        for (int j = firstTap; j < endTap; j++) {
          sum =
              FloatVector.fromArray(s, x.array(), row + j * channels)
                  .fma(FloatVector.fromArray(s, w.array(), taps + j * channels), sum);
        }
      }
      sum.intoArray(y.array(), at + c);
    }
    for (; c < channels; c++) {
      var sum = add ? y.array()[at + c] : 0;
      for (int i = firstRow; i < endRow; i++) {
        for (int j = firstTap; j < endTap; j++) {
          var from = corner + (i * shape.w() + j) * channels + c;
          var tap = w.offset() + (i * shape.kw() + j) * channels + c;
          sum = Math.fma(x.array()[from], w.array()[tap], sum);
        }
      }
      y.array()[at + c] = sum;
    }
  }

  private void depthwiseData(
      GroupedConvShape s, FloatStorage dy, FloatStorage w, FloatStorage dx, boolean add) {
    workers.forEach(
        s.n() * s.h(),
        (from, to, worker) -> {
          for (int i = from * s.w(); i < to * s.w(); i++) {
            inputPixel(s, dy, w, i, dx, add);
          }
        });
  }

  /// Input pixel number `input`: it collects from the windows that it is in. Those that it is in by
  /// taps `i`, `i + stride`, ... are neighbours, in falling order.
  private void inputPixel(
      GroupedConvShape shape,
      FloatStorage dy,
      FloatStorage w,
      int input,
      FloatStorage dx,
      boolean add) {
    var s = lanes.floats();
    var channels = shape.c();
    var stride = shape.stride();
    var n = input / (shape.h() * shape.w());
    var down = input / shape.w() % shape.h() + shape.pad();
    var right = input % shape.w() + shape.pad();
    var firstRow = firstTap(down, shape.oh(), stride);
    var endRow = Math.min(shape.kh(), down + 1);
    var firstTap = firstTap(right, shape.ow(), stride);
    var endTap = Math.min(shape.kw(), right + 1);
    var images = dy.offset() + n * shape.oh() * shape.ow() * channels;
    var at = dx.offset() + input * channels;
    int c = 0;
    for (; c <= channels - s.length(); c += s.length()) {
      var sum = FloatVector.zero(s);
      if (add) {
        sum = FloatVector.fromArray(s, dx.array(), at + c);
      }
      for (int i = firstRow; i < endRow; i += stride) {
        var row = images + (down - i) / stride * shape.ow() * channels + c;
        var taps = w.offset() + i * shape.kw() * channels + c;
        for (int j = firstTap; j < endTap; j += stride) {
          sum =
              FloatVector.fromArray(s, dy.array(), row + (right - j) / stride * channels)
                  .fma(FloatVector.fromArray(s, w.array(), taps + j * channels), sum);
        }
      }
      sum.intoArray(dx.array(), at + c);
    }
    for (; c < channels; c++) {
      var sum = add ? dx.array()[at + c] : 0;
      for (int i = firstRow; i < endRow; i += stride) {
        for (int j = firstTap; j < endTap; j += stride) {
          var window = (down - i) / stride * shape.ow() + (right - j) / stride;
          var tap = w.offset() + (i * shape.kw() + j) * channels + c;
          sum = Math.fma(dy.array()[images + window * channels + c], w.array()[tap], sum);
        }
      }
      dx.array()[at + c] = sum;
    }
  }

  /// The first tap by which a window has position `i`, padding counted, along one axis: those
  /// before it belong to windows behind the last.
  private static int firstTap(int i, int windows, int stride) {
    var behind = i - (windows - 1) * stride;
    return behind > 0 ? behind : i % stride;
  }

  /// The gradient `[kh, kw, c, k]`: that of each part of the images, then their sum.
  private void depthwiseWeight(
      GroupedConvShape s, FloatStorage x, FloatStorage dy, FloatStorage dw, int k) {
    var length = s.kh() * s.kw() * s.c();
    var parts = Math.min(s.n(), MAX_PARTS);
    var sums = partial.atLeast(parts * length);
    workers.forEach(
        parts,
        (from, to, worker) -> {
          for (int part = from; part < to; part++) {
            var at = FloatStorage.ALIGNED + part * length;
            Arrays.fill(sums, at, at + length, 0);
            for (int n = s.n() * part / parts; n < s.n() * (part + 1) / parts; n++) {
              addWeight(s, x, dy, n, sums, at);
            }
          }
        });
    workers.forEach(
        length,
        1024,
        (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            var sum = 0.0;
            for (int part = 0; part < parts; part++) {
              sum += sums[FloatStorage.ALIGNED + part * length + i];
            }
            dw.array()[dw.offset() + i * s.per() + k] = (float) sum;
          }
        });
  }

  /// Adds the gradient of image `n` to `sums`, from `at` on.
  private void addWeight(
      GroupedConvShape s, FloatStorage x, FloatStorage dy, int n, float[] sums, int at) {
    for (int p = 0; p < s.oh(); p++) {
      for (int i = 0; i < s.kh(); i++) {
        var iy = p * s.stride() - s.pad() + i;
        if (iy >= 0 && iy < s.h()) {
          var row = x.offset() + (n * s.h() + iy) * s.w() * s.c();
          var gradients = dy.offset() + (n * s.oh() + p) * s.ow() * s.c();
          for (int j = 0; j < s.kw(); j++) {
            addTap(s, x, row, dy, gradients, j, sums, at + (i * s.kw() + j) * s.c());
          }
        }
      }
    }
  }

  /// Tap `j` of a row of windows.
  private void addTap(
      GroupedConvShape shape,
      FloatStorage x,
      int row,
      FloatStorage dy,
      int gradients,
      int j,
      float[] sums,
      int at) {
    var s = lanes.floats();
    var channels = shape.c();
    var left = j - shape.pad(); // where the first window has the tap
    var first = left >= 0 ? 0 : (-left + shape.stride() - 1) / shape.stride();
    var end = Math.min(shape.ow(), Math.floorDiv(shape.w() - 1 - left, shape.stride()) + 1);
    var step = shape.stride() * channels;
    int c = 0;
    for (; c <= channels - s.length(); c += s.length()) {
      var sum = FloatVector.fromArray(s, sums, at + c);
      for (int q = first; q < end; q++) {
        sum =
            FloatVector.fromArray(s, x.array(), row + left * channels + q * step + c)
                .fma(FloatVector.fromArray(s, dy.array(), gradients + q * channels + c), sum);
      }
      sum.intoArray(sums, at + c);
    }
    for (; c < channels; c++) {
      for (int q = first; q < end; q++) {
        var from = row + left * channels + q * step + c;
        sums[at + c] =
            Math.fma(x.array()[from], dy.array()[gradients + q * channels + c], sums[at + c]);
      }
    }
  }
}
