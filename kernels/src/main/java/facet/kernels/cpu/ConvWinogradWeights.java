package facet.kernels.cpu;

import static facet.kernels.cpu.ConvWinogradTransforms.COMPONENTS;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Carries 3x3 weights `[o, 3, 3, c]` to and from the transformed layout `[component][pair of
/// channel blocks][k][two vectors]`, in which the micro-kernels read and write them.
final class ConvWinogradWeights {
  private static final int TAPS = 9;
  private static final int FIRST = FloatStorage.ALIGNED;

  private final Workers workers;
  private final Lanes lanes;
  private final ConvWinogradTransforms transforms;
  private final Scratch[] taps;
  private final Scratch[] half;

  ConvWinogradWeights(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.transforms = new ConvWinogradTransforms(lanes);
    this.taps = Scratch.perWorker(workers);
    this.half = Scratch.perWorker(workers);
  }

  /// A transformed weight array of `k` by `columns` channels.
  ///
  /// @param k rows
  /// @param pairs pairs of vectors that hold the columns
  record Layout(int k, int pairs, int lane) {
    /// Room for `columns` columns and for `k` rows, rounded up to a multiple of `group`.
    static Layout of(int k, int group, int columns, int lane) {
      return new Layout(Math.ceilDiv(k, group) * group, Math.ceilDiv(columns, 2 * lane), lane);
    }

    /// Distance of components; one vector more than they fill, or all 36 would meet in one cache
    /// set.
    int xi() {
      return pairs * k * 2 * lane + lane;
    }

    int size() {
      return COMPONENTS * xi() + GemmMicroKernel.SPARE * 2 * lane;
    }

    /// Where row `row` of vector `block` is, in component 0.
    int at(int block, int row) {
      return FIRST + (block / 2 * k + row) * 2 * lane + block % 2 * lane;
    }
  }

  /// Transforms the weights for `x -> y` (`k` = input channels, columns = output channels).
  ///
  /// @param flipped instead for `dy -> dx`: `k` = output channels, columns = input channels, and
  ///     the taps turned by 180 degrees
  void transform(FloatStorage w, int c, int o, boolean flipped, Layout layout, float[] u) {
    int lane = layout.lane;
    int rowBlocks = layout.k / lane;
    workers.forEach(
        2 * layout.pairs * rowBlocks,
        (from, to, worker) -> {
          var block = taps[worker].atLeast(lane * TAPS * lane);
          var scratch = half[worker].atLeast(COMPONENTS * lane);
          for (int i = from; i < to; i++) {
            int column = i / rowBlocks;
            int row = i % rowBlocks * lane;
            if (flipped) {
              gatherFlipped(w, c, o, row, column * lane, block);
            } else {
              gather(w, c, o, row, column * lane, block);
            }
            for (int k = 0; k < lane; k++) {
              int at = FIRST + k * TAPS * lane;
              transforms.weight(block, at, scratch, u, layout.at(column, row + k), layout.xi());
            }
          }
        });
  }

  /// `block[k][tap][lane] = w[column + lane, tap, row + k]`.
  private void gather(FloatStorage w, int c, int o, int row, int column, float[] block) {
    int lane = lanes.count();
    int rows = Math.min(lane, c - row);
    int columns = Math.min(lane, o - column);
    if (rows < lane || columns < lane) {
      Arrays.fill(block, FIRST, FIRST + lane * TAPS * lane, 0);
    }
    for (int j = 0; j < columns; j++) {
      for (int tap = 0; tap < TAPS; tap++) {
        int from = w.offset() + ((column + j) * TAPS + tap) * c + row;
        int to = FIRST + tap * lane + j;
        for (int k = 0; k < rows; k++) {
          block[to + k * TAPS * lane] = w.array()[from + k];
        }
      }
    }
  }

  /// `block[k][tap][lane] = w[row + k, 8 - tap, column + lane]`.
  private void gatherFlipped(FloatStorage w, int c, int o, int row, int column, float[] block) {
    int lane = lanes.count();
    int rows = Math.min(lane, o - row);
    int columns = Math.min(lane, c - column);
    if (rows < lane || columns < lane) {
      Arrays.fill(block, FIRST, FIRST + lane * TAPS * lane, 0);
    }
    for (int k = 0; k < rows && columns > 0; k++) {
      for (int tap = 0; tap < TAPS; tap++) {
        int from = w.offset() + ((row + k) * TAPS + TAPS - 1 - tap) * c + column;
        GemmOperand.copy(lanes, w.array(), from, columns, block, FIRST + (k * TAPS + tap) * lane);
      }
    }
  }

  /// Transforms `dU` (`k` = output channels, columns = input channels) back into `dw`.
  void gradient(float[] du, Layout layout, FloatStorage dw, int c, int o) {
    int lane = layout.lane;
    int blocks = Math.ceilDiv(c, lane);
    workers.forEach(
        o,
        (from, to, worker) -> {
          var block = taps[worker].atLeast(lane * TAPS * lane);
          var scratch = half[worker].atLeast(COMPONENTS * lane);
          for (int row = from; row < to; row++) {
            for (int column = 0; column < blocks; column++) {
              int uo = layout.at(column, row);
              int at = dw.offset() + row * TAPS * c + column * lane;
              if ((column + 1) * lane <= c) {
                transforms.weightGradient(du, uo, layout.xi(), scratch, dw.array(), at, c);
              } else {
                transforms.weightGradient(du, uo, layout.xi(), scratch, block, FIRST, lane);
                for (int tap = 0; tap < TAPS; tap++) {
                  int valid = c - column * lane;
                  System.arraycopy(block, FIRST + tap * lane, dw.array(), at + tap * c, valid);
                }
              }
            }
          }
        });
  }

  /// `a += b`, elementwise over a transformed array.
  void add(float[] a, float[] b, Layout layout) {
    int lane = layout.lane;
    workers.forEach(
        layout.size() / lane,
        (from, to, worker) -> {
          var s = lanes.floats();
          for (int i = FIRST + from * lane; i < FIRST + to * lane; i += lane) {
            FloatVector.fromArray(s, a, i).add(FloatVector.fromArray(s, b, i)).intoArray(a, i);
          }
        });
  }
}
