package facet.kernels.cpu;

import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.kernel.Pool2dShape;
import facet.tensor.kernel.PoolKernels;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Pooling with vectors along the channels. Forward runs in parallel over the rows of the result,
/// backward over the images, whose windows may overlap.
final class VectorPool implements PoolKernels {
  private final Workers workers;
  private final Lanes lanes;

  VectorPool(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
  }

  /// The first row (or column) of output `o`'s window that is inside the image.
  private static int first(Pool2dShape s, int o) {
    return Math.max(o * s.stride() - s.pad(), 0);
  }

  /// The end of output row `oy`'s window inside the image.
  private static int bottom(Pool2dShape s, int oy) {
    return Math.min(oy * s.stride() - s.pad() + s.kh(), s.h());
  }

  /// The end of output column `ox`'s window inside the image.
  private static int right(Pool2dShape s, int ox) {
    return Math.min(ox * s.stride() - s.pad() + s.kw(), s.w());
  }

  @Override
  public void maxForward(Pool2dShape s, Storage x, Storage y, Storage argmax) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    var positions = IntArray.of(argmax);
    workers.forEach(
        s.n() * s.oh(),
        (from, to, worker) -> {
          for (int i = from * s.ow(); i < to * s.ow(); i++) {
            maximum(s, in, i, out, positions);
          }
        });
  }

  /// Output pixel number `output`, all channels.
  private void maximum(
      Pool2dShape shape, FloatStorage x, int output, FloatStorage y, IntArray argmax) {
    var s = lanes.floats();
    var n = output / (shape.oh() * shape.ow());
    var oy = output / shape.ow() % shape.oh();
    var ox = output % shape.ow();
    var image = x.offset() + n * shape.h() * shape.w() * shape.c();
    var left = first(shape, ox);
    var right = right(shape, ox);
    var top = first(shape, oy);
    var bottom = bottom(shape, oy);
    var first = top * shape.w() + left;
    var at = output * shape.c();
    int c = 0;
    for (; c <= shape.c() - s.length(); c += s.length()) {
      var best = FloatVector.fromArray(s, x.array(), image + first * shape.c() + c);
      // The positions travel as the bits of floats, so that a float mask can select them.
      var where = best.broadcast(Float.intBitsToFloat(first));
      for (int iy = top; iy < bottom; iy++) {
        for (int i = iy * shape.w() + left; i < iy * shape.w() + right; i++) {
          var v = FloatVector.fromArray(s, x.array(), image + i * shape.c() + c);
          var larger = v.compare(VectorOperators.GT, best);
          best = best.blend(v, larger);
          where = where.blend(best.broadcast(Float.intBitsToFloat(i)), larger);
        }
      }
      best.intoArray(y.array(), y.offset() + at + c);
      where.reinterpretAsInts().intoArray(argmax.array(), argmax.offset() + at + c);
    }
    for (; c < shape.c(); c++) {
      int where = first;
      for (int iy = top; iy < bottom; iy++) {
        for (int i = iy * shape.w() + left; i < iy * shape.w() + right; i++) {
          if (x.array()[image + i * shape.c() + c] > x.array()[image + where * shape.c() + c]) {
            where = i;
          }
        }
      }
      y.array()[y.offset() + at + c] = x.array()[image + where * shape.c() + c];
      argmax.set(at + c, where);
    }
  }

  @Override
  public void maxBackward(Pool2dShape s, Storage dy, Storage argmax, Storage dx) {
    var in = FloatStorage.of(dy);
    var out = FloatStorage.of(dx);
    var positions = IntArray.of(argmax);
    var outputs = s.oh() * s.ow();
    workers.forEach(
        s.n(),
        (from, to, worker) -> {
          for (int n = from; n < to; n++) {
            var image = clear(s, out, n);
            for (int i = n * outputs * s.c(); i < (n + 1) * outputs * s.c(); i += s.c()) {
              for (int c = 0; c < s.c(); c++) {
                out.array()[image + positions.get(i + c) * s.c() + c] +=
                    in.array()[in.offset() + i + c];
              }
            }
          }
        });
  }

  @Override
  public void averageForward(Pool2dShape s, Storage x, Storage y) {
    var in = FloatStorage.of(x);
    var out = FloatStorage.of(y);
    workers.forEach(
        s.n() * s.oh(),
        (from, to, worker) -> {
          for (int i = from * s.ow(); i < to * s.ow(); i++) {
            average(s, in, i, out);
          }
        });
  }

  /// Output pixel number `output`, all channels.
  private void average(Pool2dShape shape, FloatStorage x, int output, FloatStorage y) {
    var s = lanes.floats();
    var n = output / (shape.oh() * shape.ow());
    var oy = output / shape.ow() % shape.oh();
    var ox = output % shape.ow();
    var image = x.offset() + n * shape.h() * shape.w() * shape.c();
    var left = first(shape, ox);
    var right = right(shape, ox);
    var top = first(shape, oy);
    var bottom = bottom(shape, oy);
    var factor = 1f / ((bottom - top) * (right - left));
    var yo = y.offset() + output * shape.c();
    int c = 0;
    for (; c <= shape.c() - s.length(); c += s.length()) {
      var sum = FloatVector.zero(s);
      for (int iy = top; iy < bottom; iy++) {
        for (int i = iy * shape.w() + left; i < iy * shape.w() + right; i++) {
          sum = sum.add(FloatVector.fromArray(s, x.array(), image + i * shape.c() + c));
        }
      }
      sum.mul(factor).intoArray(y.array(), yo + c);
    }
    for (; c < shape.c(); c++) {
      var sum = 0f;
      for (int iy = top; iy < bottom; iy++) {
        for (int i = iy * shape.w() + left; i < iy * shape.w() + right; i++) {
          sum += x.array()[image + i * shape.c() + c];
        }
      }
      y.array()[yo + c] = sum * factor;
    }
  }

  @Override
  public void averageBackward(Pool2dShape s, Storage dy, Storage dx) {
    var in = FloatStorage.of(dy);
    var out = FloatStorage.of(dx);
    workers.forEach(
        s.n(),
        (from, to, worker) -> {
          for (int n = from; n < to; n++) {
            clear(s, out, n);
            for (int i = n * s.oh() * s.ow(); i < (n + 1) * s.oh() * s.ow(); i++) {
              spread(s, in, i, out);
            }
          }
        });
  }

  /// Adds output pixel number `output` of `dy`, divided by the area, to every pixel of its window.
  private void spread(Pool2dShape shape, FloatStorage dy, int output, FloatStorage dx) {
    var s = lanes.floats();
    var n = output / (shape.oh() * shape.ow());
    var oy = output / shape.ow() % shape.oh();
    var ox = output % shape.ow();
    var image = dx.offset() + n * shape.h() * shape.w() * shape.c();
    var left = first(shape, ox);
    var right = right(shape, ox);
    var top = first(shape, oy);
    var bottom = bottom(shape, oy);
    var factor = 1f / ((bottom - top) * (right - left));
    var dyo = dy.offset() + output * shape.c();
    for (int iy = top; iy < bottom; iy++) {
      for (int i = iy * shape.w() + left; i < iy * shape.w() + right; i++) {
        var at = image + i * shape.c();
        int c = 0;
        for (; c <= shape.c() - s.length(); c += s.length()) {
          FloatVector.fromArray(s, dy.array(), dyo + c)
              .mul(factor)
              .add(FloatVector.fromArray(s, dx.array(), at + c))
              .intoArray(dx.array(), at + c);
        }
        for (; c < shape.c(); c++) {
          dx.array()[at + c] += dy.array()[dyo + c] * factor;
        }
      }
    }
  }

  /// Fills image `n` with zeros and returns the index of its first element.
  private static int clear(Pool2dShape s, FloatStorage images, int n) {
    var length = s.h() * s.w() * s.c();
    var from = images.offset() + n * length;
    Arrays.fill(images.array(), from, from + length, 0);
    return from;
  }
}
