package facet.kernels.cpu;

import static facet.kernels.cpu.ConvWinogradTransforms.SIDE;
import static facet.kernels.cpu.ConvWinogradTransforms.TILE;
import static facet.kernels.cpu.GemmMicroKernel.DEPTH;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Carries tiles between NHWC images and transformed [Block]s. Tiles at the border of the image,
/// and a last vector of channels that is not full, go through a small buffer; the rest of a vector
/// that is not full is zero.
final class ConvWinogradTiles {
  private static final int FIRST = FloatStorage.ALIGNED;

  private final Lanes lanes;
  private final ConvWinogradTransforms transforms;

  ConvWinogradTiles(Lanes lanes) {
    this.lanes = lanes;
    this.transforms = new ConvWinogradTransforms(lanes);
  }

  /// NHWC images cut into tiles of 4x4 output pixels.
  ///
  /// @param h height of the images in memory, `w` width, `c` channels
  /// @param tilesH tiles in a column, `tilesW` in a row
  /// @param pad pixels by which the first tile begins before the image
  @SuppressWarnings("ArrayRecordComponent")
  record Images(float[] array, int offset, int h, int w, int c, int tilesH, int tilesW, int pad) {
    int top(int tile) {
      return tile / tilesW % tilesH * TILE - pad;
    }

    int left(int tile) {
      return tile % tilesW * TILE - pad;
    }

    /// Index of the first channel of the tile's top left pixel.
    int start(int tile) {
      int image = tile / (tilesH * tilesW);
      return offset + ((image * h + top(tile)) * w + left(tile)) * c;
    }
  }

  /// A worker's buffers.
  @SuppressWarnings("ArrayRecordComponent")
  record Buffers(float[] tile, float[] half) {
    Buffers(Lanes lanes) {
      this(buffer(lanes), buffer(lanes));
    }

    private static float[] buffer(Lanes lanes) {
      return new float[SIDE * SIDE * lanes.count() + FloatStorage.LINE];
    }
  }

  /// A block of transformed tiles.
  ///
  /// @param tile distance of tiles, `pair` of pairs of vectors of a tile, `part` of as many vectors
  ///     as fill [GemmMicroKernel#DEPTH], `xi` of components
  @SuppressWarnings("ArrayRecordComponent")
  record Block(float[] array, int tile, int pair, int part, int xi, int lane) {
    /// Where vector `vector` of tile `slot` is, in component 0.
    int at(int slot, int vector) {
      int vectors = DEPTH / lane;
      int ofPart = vector % vectors;
      return FIRST + slot * tile + vector / vectors * part + ofPart / 2 * pair + ofPart % 2 * lane;
    }
  }

  /// Transforms the 6x6 pixels around a tile into place `slot` of `v`.
  void input(Images x, int tile, Block v, int slot, Buffers buffers) {
    int lane = lanes.count();
    int start = x.start(tile);
    boolean inside = inside(x, tile, SIDE);
    for (int channel = 0; channel < x.c; channel += lane) {
      int to = v.at(slot, channel / lane);
      if (inside && channel + lane <= x.c) {
        transforms.input(x.array, start + channel, x.w * x.c, x.c, buffers.half, v.array, to, v.xi);
      } else {
        gather(x, tile, channel, SIDE, buffers.tile);
        transforms.input(buffers.tile, FIRST, SIDE * lane, lane, buffers.half, v.array, to, v.xi);
      }
    }
  }

  /// Transforms the 4x4 pixels of a tile of `dy` into place `slot` of `m`.
  void outputGradient(Images dy, int tile, Block m, int slot, Buffers buffers) {
    int lane = lanes.count();
    int start = dy.start(tile);
    boolean inside = inside(dy, tile, TILE);
    for (int channel = 0; channel < dy.c; channel += lane) {
      int to = m.at(slot, channel / lane);
      if (inside && channel + lane <= dy.c) {
        transforms.outputGradient(
            dy.array, start + channel, dy.w * dy.c, dy.c, buffers.half, m.array, to, m.xi);
      } else {
        gather(dy, tile, channel, TILE, buffers.tile);
        transforms.outputGradient(
            buffers.tile, FIRST, TILE * lane, lane, buffers.half, m.array, to, m.xi);
      }
    }
  }

  /// Transforms place `slot` of `m` into the 4x4 pixels of a tile of `y`.
  void output(Block m, int slot, Images y, int tile, Buffers buffers) {
    int lane = lanes.count();
    int start = y.start(tile);
    boolean inside = inside(y, tile, TILE);
    for (int channel = 0; channel < y.c; channel += lane) {
      int from = m.at(slot, channel / lane);
      if (inside && channel + lane <= y.c) {
        transforms.output(
            m.array, from, m.xi, buffers.half, y.array, start + channel, y.w * y.c, y.c);
      } else {
        transforms.output(
            m.array, from, m.xi, buffers.half, buffers.tile, FIRST, TILE * lane, lane);
        scatter(buffers.tile, y, tile, channel);
      }
    }
  }

  private static boolean inside(Images x, int tile, int side) {
    int top = x.top(tile);
    int left = x.left(tile);
    return top >= 0 && left >= 0 && top + side <= x.h && left + side <= x.w;
  }

  /// Copies the part of a tile that lies inside the image, zeros elsewhere. Those stay where they
  /// are from a tile's first vector of channels to its last.
  private void gather(Images x, int tile, int channel, int side, float[] to) {
    int lane = lanes.count();
    int top = x.top(tile);
    int left = x.left(tile);
    int count = Math.min(lane, x.c - channel);
    int start = x.start(tile) + channel;
    if (channel == 0 || count < lane) {
      Arrays.fill(to, FIRST, FIRST + side * side * lane, 0);
    }
    for (int i = Math.max(0, -top); i < Math.min(side, x.h - top); i++) {
      for (int j = Math.max(0, -left); j < Math.min(side, x.w - left); j++) {
        copy(x.array, start + (i * x.w + j) * x.c, to, FIRST + (i * side + j) * lane, count);
      }
    }
  }

  /// Copies the part of an output tile that lies inside the image.
  private void scatter(float[] from, Images y, int tile, int channel) {
    int lane = lanes.count();
    int top = y.top(tile);
    int left = y.left(tile);
    int count = Math.min(lane, y.c - channel);
    int start = y.start(tile) + channel;
    for (int i = 0; i < Math.min(TILE, y.h - top); i++) {
      for (int j = 0; j < Math.min(TILE, y.w - left); j++) {
        copy(from, FIRST + (i * TILE + j) * lane, y.array, start + (i * y.w + j) * y.c, count);
      }
    }
  }

  /// Copies at most one vector.
  private void copy(float[] from, int at, float[] to, int target, int count) {
    var s = lanes.floats();
    if (count == s.length()) {
      FloatVector.fromArray(s, from, at).intoArray(to, target);
    } else {
      System.arraycopy(from, at, to, target, count);
    }
  }
}
