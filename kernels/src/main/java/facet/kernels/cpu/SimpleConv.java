package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.ConvKernels;
import java.util.Arrays;

/// Direct convolution without tiles. Within a kernel row, the taps inside the image and their
/// channels are adjacent in `x` as well as in the weight: one segment, one vector loop.
final class SimpleConv implements ConvKernels {
  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;

  SimpleConv(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
  }

  /// Work on one segment: `x[xo ..]` meets `w[wo ..]` in `y[yo]`.
  @FunctionalInterface
  private interface Segment {
    void run(int xo, int wo, int yo, int length);
  }

  /// Runs `segment` for output pixel `pixel` and output channel `o`.
  private static void forEachSegment(Conv2dShape s, int pixel, int o, Segment segment) {
    int n = pixel / (s.oh() * s.ow());
    int y0 = pixel / s.ow() % s.oh() * s.stride() - s.pad();
    int x0 = pixel % s.ow() * s.stride() - s.pad();
    int left = Math.max(-x0, 0);
    int length = (Math.min(s.kw(), s.w() - x0) - left) * s.c();
    for (int i = Math.max(-y0, 0); i < Math.min(s.kh(), s.h() - y0) && length > 0; i++) {
      int xo = ((n * s.h() + y0 + i) * s.w() + x0 + left) * s.c();
      int wo = ((o * s.kh() + i) * s.kw() + left) * s.c();
      segment.run(xo, wo, pixel * s.o() + o, length);
    }
  }

  @Override
  public void forward(Conv2dShape s, Storage x, Storage w, Storage y) {
    var in = FloatStorage.of(x);
    var weight = FloatStorage.of(w);
    var out = FloatStorage.of(y);
    workers.forEach(
        s.n() * s.oh() * s.ow(),
        (from, to, worker) -> {
          Arrays.fill(out.array(), out.offset() + from * s.o(), out.offset() + to * s.o(), 0);
          for (int pixel = from; pixel < to; pixel++) {
            for (int o = 0; o < s.o(); o++) {
              forEachSegment(
                  s,
                  pixel,
                  o,
                  (xo, wo, yo, length) ->
                      out.array()[out.offset() + yo] +=
                          (float)
                              sums.dot(
                                  in.array(),
                                  in.offset() + xo,
                                  weight.array(),
                                  weight.offset() + wo,
                                  length,
                                  worker));
            }
          }
        });
  }

  @Override
  public void backwardData(Conv2dShape s, Storage dy, Storage w, Storage dx) {
    var cotangent = FloatStorage.of(dy);
    var weight = FloatStorage.of(w);
    var out = FloatStorage.of(dx);
    int image = s.h() * s.w() * s.c();
    int pixels = s.oh() * s.ow();
    workers.forEach(
        s.n(),
        (from, to, worker) -> {
          Arrays.fill(out.array(), out.offset() + from * image, out.offset() + to * image, 0);
          for (int pixel = from * pixels; pixel < to * pixels; pixel++) {
            for (int o = 0; o < s.o(); o++) {
              forEachSegment(
                  s,
                  pixel,
                  o,
                  (xo, wo, yo, length) ->
                      SimpleGemm.axpy(
                          lanes,
                          cotangent.array()[cotangent.offset() + yo],
                          weight.array(),
                          weight.offset() + wo,
                          out.array(),
                          out.offset() + xo,
                          length));
            }
          }
        });
  }

  @Override
  public void backwardWeight(Conv2dShape s, Storage x, Storage dy, Storage dw) {
    var in = FloatStorage.of(x);
    var cotangent = FloatStorage.of(dy);
    var out = FloatStorage.of(dw);
    int filter = s.kh() * s.kw() * s.c();
    workers.forEach(
        s.o(),
        (from, to, worker) -> {
          Arrays.fill(out.array(), out.offset() + from * filter, out.offset() + to * filter, 0);
          for (int o = from; o < to; o++) {
            for (int pixel = 0; pixel < s.n() * s.oh() * s.ow(); pixel++) {
              forEachSegment(
                  s,
                  pixel,
                  o,
                  (xo, wo, yo, length) ->
                      SimpleGemm.axpy(
                          lanes,
                          cotangent.array()[cotangent.offset() + yo],
                          in.array(),
                          in.offset() + xo,
                          out.array(),
                          out.offset() + wo,
                          length));
            }
          }
        });
  }
}
