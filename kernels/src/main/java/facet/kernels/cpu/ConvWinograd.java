package facet.kernels.cpu;

import static facet.kernels.cpu.ConvWinogradTransforms.COMPONENTS;
import static facet.kernels.cpu.ConvWinogradTransforms.TILE;
import static facet.kernels.cpu.GemmMicroKernel.DEPTH;
import static facet.kernels.cpu.GemmMicroKernel.PITCH;
import static facet.kernels.cpu.GemmMicroKernel.roundUp;

import facet.kernels.cpu.ConvWinogradTiles.Block;
import facet.kernels.cpu.ConvWinogradTiles.Buffers;
import facet.kernels.cpu.ConvWinogradTiles.Images;
import facet.kernels.cpu.ConvWinogradWeights.Layout;
import facet.tensor.kernel.Conv2dShape;
import java.util.Arrays;

/// 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3): transform tiles and weights, multiply
/// each of the 36 components as a matrix, transform back. 36 multiplications make 16 outputs, where
/// the definition needs 144.
///
/// Tiles are handled in blocks whose transforms stay in the cache. With few channels each worker
/// has blocks of its own; with many, where the transformed weights outweigh a block, all workers
/// share a block and each multiplies some of the components, so that each reads only its part of
/// the weights.
final class ConvWinograd {
  /// Product of the channel counts up to which the transformed weights stay in a second-level cache
  /// of a megabyte, if a block leaves them the room.
  private static final int FEW_WEIGHTS = 64 * 64;

  /// Tiles of a block where the weights are so few. All blocks are multiples of the micro-kernel's
  /// height.
  private static final int SMALL_BLOCK = 12;

  /// Tiles of another block of a worker's own.
  private static final int OWN_BLOCK = 24;

  /// Tiles of a block that all workers share.
  private static final int SHARED_BLOCK = 72;

  /// [#SMALL_BLOCK] for the gradient of the weights, whose product is a sum over a block's tiles.
  private static final int LARGE_SMALL_BLOCK = 24;

  /// Likewise [#OWN_BLOCK].
  private static final int LARGE_OWN_BLOCK = 60;

  /// Likewise [#SHARED_BLOCK]; also where the weights are too many for the third-level cache and
  /// are fetched again for every block.
  private static final int LARGE_SHARED_BLOCK = 132;

  /// Product of the channel counts of which weights are that many.
  private static final int MANY_WEIGHTS = 512 * 512;

  /// Product of the channel counts from which workers share blocks.
  private static final int WORTH_SHARING = 256 * 256;

  /// Tiles below which transforming the weights costs more than the faster product saves.
  private static final int FEWEST_TILES = 24;

  private final Workers workers;
  private final int lane;
  private final GemmMicroKernel kernel;
  private final ConvWinogradTiles tiles;
  private final ConvWinogradWeights weights;
  private final Buffers[] buffers;
  private final Scratch transformed = new Scratch();
  private final Scratch[] inputs;
  private final Scratch[] products;
  private final Scratch[] gradients;

  ConvWinograd(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lane = lanes.count();
    this.kernel = GemmMicroKernel.of(lanes);
    this.tiles = new ConvWinogradTiles(lanes);
    this.weights = new ConvWinogradWeights(workers, lanes);
    this.buffers = new Buffers[workers.count()];
    Arrays.setAll(buffers, worker -> new Buffers(lanes));
    this.inputs = Scratch.perWorker(workers);
    this.products = Scratch.perWorker(workers);
    this.gradients = Scratch.perWorker(workers);
  }

  /// Whether the algorithm applies to a convolution and is likely to be the faster one: there are
  /// channels to fill vectors and tiles enough, and not too much of the tiles hangs over the
  /// border.
  static boolean suits(Conv2dShape s) {
    return suits(s, FEWEST_TILES);
  }

  /// Likewise with weights that are transformed already. They are four times as many to read, and
  /// the micro-kernel computes all its rows however few tiles there are.
  boolean suitsFixed(Conv2dShape s) {
    return suits(s, kernel.height * 2 / 3);
  }

  private static boolean suits(Conv2dShape s, int fewest) {
    if (s.kh() != 3 || s.kw() != 3 || s.stride() != 1 || s.c() < 16 || s.o() < 16) {
      return false;
    }
    int count = count(s.oh()) * count(s.ow());
    return s.n() * count >= fewest && 5 * COMPONENTS * count < 4 * 9 * s.oh() * s.ow();
  }

  private static int count(int length) {
    return Math.ceilDiv(length, TILE);
  }

  void forward(Conv2dShape s, FloatStorage x, FloatStorage w, FloatStorage y) {
    forward(s, x, transform(s, w, false, transformed), y);
  }

  /// The weights in the form in which [#forward(Conv2dShape, FloatStorage, float[], FloatStorage)]
  /// takes them, in an array of their own.
  float[] transformed(Conv2dShape s, FloatStorage w) {
    return transform(s, w, false, new Scratch());
  }

  /// @param to holds the result: it has the room behind the weights that the micro-kernels' bounds
  ///     checks want
  private float[] transform(Conv2dShape s, FloatStorage w, boolean flipped, Scratch to) {
    var layout = flipped ? layout(s.o(), s.c()) : layout(s.c(), s.o());
    var u = to.atLeast(layout.size());
    weights.transform(w, s.c(), s.o(), flipped, layout, u);
    return u;
  }

  void forward(Conv2dShape s, FloatStorage x, float[] u, FloatStorage y) {
    convolve(
        new Images(
            x.array(), x.offset(), s.h(), s.w(), s.c(), count(s.oh()), count(s.ow()), s.pad()),
        new Images(y.array(), y.offset(), s.oh(), s.ow(), s.o(), count(s.oh()), count(s.ow()), 0),
        s,
        u);
  }

  /// A convolution of `dy` with the weights turned by 180 degrees, padded by `2 - pad`.
  void backwardData(Conv2dShape s, FloatStorage dy, FloatStorage w, FloatStorage dx) {
    convolve(
        new Images(
            dy.array(),
            dy.offset(),
            s.oh(),
            s.ow(),
            s.o(),
            count(s.h()),
            count(s.w()),
            2 - s.pad()),
        new Images(dx.array(), dx.offset(), s.h(), s.w(), s.c(), count(s.h()), count(s.w()), 0),
        s,
        transform(s, w, true, transformed));
  }

  private Layout layout(int in, int out) {
    return Layout.of(in, lane, out, lane);
  }

  private void convolve(Images x, Images y, Conv2dShape s, float[] u) {
    var layout = layout(x.c(), y.c());
    overBlocks(
        s.n() * x.tilesH() * x.tilesW(),
        s,
        s.c() * s.o() <= FEW_WEIGHTS ? SMALL_BLOCK : OWN_BLOCK,
        s.c() * s.o() < MANY_WEIGHTS ? SHARED_BLOCK : LARGE_SHARED_BLOCK,
        (from, to, worker, size) -> {
          var v = left(inputs[worker], size, x.c());
          var m = rows(products[worker], size, roundUp(y.c(), kernel.width));
          for (int tile = from; tile < to; tile += size) {
            int first = tile;
            int count = Math.min(size, to - tile);
            workers.forEach(count, (a, b, i) -> input(x, first, a, b, v, i));
            workers.forEach(COMPONENTS, (a, b, i) -> multiply(v, u, layout, m, count, a, b));
            workers.forEach(count, (a, b, i) -> output(m, y, first, a, b, i));
          }
        });
  }

  /// Work on a range of tiles, at most `size` at a time.
  private interface Body {
    void run(int from, int to, int worker, int size);
  }

  /// Runs the body once with all tiles, so that its inner loops are shared among the workers, or
  /// once a worker with a part of them, so that its inner loops run in place.
  ///
  /// @param own tiles of a block in the latter case, `shared` in the former
  /// @return the number of workers that ran the body
  private int overBlocks(int count, Conv2dShape s, int own, int shared, Body body) {
    if (workers.count() > 1 && s.c() * s.o() >= WORTH_SHARING) {
      body.run(0, count, 0, shared);
      return 1;
    }
    workers.forEach(count, (from, to, worker) -> body.run(from, to, worker, own));
    return Math.min(workers.count(), count);
  }

  /// A block `[component][tile][channel]` in scratch, with tiles a pitch apart, as the left factor
  /// of [GemmMicroKernel#rows]; channels behind its depth follow likewise.
  private Block left(Scratch scratch, int tiles, int channels) {
    int part = tiles * PITCH;
    return block(scratch, Math.ceilDiv(channels, DEPTH) * part, PITCH, kernel.width, part);
  }

  /// A block `[component][tile][channel]` in scratch.
  private Block rows(Scratch scratch, int tiles, int stride) {
    return block(scratch, tiles * stride, stride, kernel.width, DEPTH);
  }

  /// A block `[component][pair of vectors][tile][two vectors]` in scratch, for
  /// [GemmMicroKernel#columns].
  private Block panels(Scratch scratch, int tiles, int channels) {
    int size = tiles * roundUp(channels, kernel.width);
    return block(scratch, size, kernel.width, tiles * kernel.width, DEPTH * tiles);
  }

  /// Components are a vector further apart than they fill, or all 36 would meet in one cache set.
  private Block block(Scratch scratch, int size, int tile, int pair, int part) {
    int xi = size + lane;
    var array = scratch.atLeast(COMPONENTS * xi + GemmMicroKernel.SPARE * kernel.width);
    return new Block(array, tile, pair, part, xi, lane);
  }

  private void input(Images x, int first, int from, int to, Block v, int worker) {
    for (int i = from; i < to; i++) {
      tiles.input(x, first + i, v, i, buffers[worker]);
    }
  }

  private void output(Block m, Images y, int first, int from, int to, int worker) {
    for (int i = from; i < to; i++) {
      tiles.output(m, i, y, first + i, buffers[worker]);
    }
  }

  /// `M = V U` for components `from` to `to`. The last micro-kernel tile moves back to end with the
  /// block and computes some rows twice.
  private void multiply(Block v, float[] u, Layout layout, Block m, int count, int from, int to) {
    for (int xi = from; xi < to; xi++) {
      for (int pair = 0; pair < layout.pairs(); pair++) {
        int uo = layout.at(2 * pair, 0) + xi * layout.xi();
        int vo = v.at(0, 0) + xi * v.xi();
        int mo = m.at(0, 2 * pair) + xi * m.xi();
        for (int i = 0; i < count; i += kernel.height) {
          int tile = Math.max(0, Math.min(i, count - kernel.height));
          for (int k = 0; k < layout.k(); k += DEPTH) {
            kernel.rows(
                Math.min(DEPTH, layout.k() - k),
                v.array(),
                vo + k / DEPTH * v.part() + tile * v.tile(),
                u,
                uo + k * kernel.width,
                m.array(),
                mo + tile * m.tile(),
                m.tile(),
                k > 0);
          }
        }
      }
    }
  }

  void backwardWeight(Conv2dShape s, FloatStorage x, FloatStorage dy, FloatStorage dw) {
    int count = s.n() * count(s.oh()) * count(s.ow());
    var in =
        new Images(
            x.array(), x.offset(), s.h(), s.w(), s.c(), count(s.oh()), count(s.ow()), s.pad());
    var out =
        new Images(dy.array(), dy.offset(), s.oh(), s.ow(), s.o(), count(s.oh()), count(s.ow()), 0);
    var layout = Layout.of(s.o(), kernel.panelHeight, s.c(), lane);
    int parts =
        overBlocks(
            count,
            s,
            s.c() * s.o() <= FEW_WEIGHTS ? LARGE_SMALL_BLOCK : LARGE_OWN_BLOCK,
            LARGE_SHARED_BLOCK,
            (from, to, worker, size) -> {
              var v = panels(inputs[worker], size, s.c());
              var m = panels(products[worker], size, s.o());
              var du = gradients[worker].atLeast(layout.size());
              for (int tile = from; tile < to; tile += size) {
                int first = tile;
                int part = Math.min(size, to - tile);
                boolean more = tile > from;
                workers.forEach(part, (a, b, i) -> inputs(in, out, first, a, b, v, m, i));
                workers.forEach(
                    COMPONENTS, (a, b, i) -> correlate(m, v, part, du, layout, more, a, b));
              }
            });
    var du = gradients[0].atLeast(layout.size());
    for (int i = 1; i < parts; i++) {
      weights.add(du, gradients[i].atLeast(layout.size()), layout);
    }
    weights.gradient(du, layout, dw, s.c(), s.o());
  }

  private void inputs(
      Images x, Images dy, int first, int from, int to, Block v, Block m, int worker) {
    input(x, first, from, to, v, worker);
    for (int i = from; i < to; i++) {
      tiles.outputGradient(dy, first + i, m, i, buffers[worker]);
    }
  }

  /// `dU (+)= M^T V` for components `from` to `to`.
  private void correlate(
      Block m, Block v, int count, float[] du, Layout layout, boolean more, int from, int to) {
    for (int xi = from; xi < to; xi++) {
      for (int pair = 0; pair < layout.pairs(); pair++) {
        int vo = v.at(0, 2 * pair) + xi * v.xi();
        for (int row = 0; row < layout.k(); row += kernel.width) {
          int strips = Math.min(kernel.width, layout.k() - row) / kernel.panelHeight;
          int mo = m.at(0, row / lane) + xi * m.xi();
          int uo = layout.at(2 * pair, row) + xi * layout.xi();
          kernel.columns(count, strips, m.array(), mo, v.array(), vo, du, uo, more);
        }
      }
    }
  }
}
