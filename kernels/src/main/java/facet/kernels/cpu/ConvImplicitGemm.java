package facet.kernels.cpu;

import facet.tensor.kernel.Conv2dShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Convolution as a matrix product with a patch matrix that exists only panel by panel: any kernel,
/// stride and padding. See [ConvIm2col].
final class ConvImplicitGemm {
  /// Rows of a product of backward-data, about: an image of 56 x 56 pixels.
  private static final int ROWS = 26 * GemmTiles.MOST_ROWS;

  private final Workers workers;
  private final Lanes lanes;
  private final VectorGemm gemm;
  private final List<Scratch> phaseWeights = new ArrayList<>();

  ConvImplicitGemm(Workers workers, Lanes lanes, VectorGemm gemm) {
    this.workers = workers;
    this.lanes = lanes;
    this.gemm = gemm;
  }

  /// `y [positions, o] = patches(x) [positions, kh kw c] * w^T`.
  void forward(Conv2dShape s, FloatStorage x, FloatStorage w, FloatStorage y) {
    var product =
        new VectorGemm.Product(rows(s, x), columns(s, w), 1, positions(s), s.o(), depth(s));
    gemm.multiply(product, pixels(s, y), false);
  }

  /// Likewise with weights that are [#packed] already.
  void forward(Conv2dShape s, FloatStorage x, VectorGemm.Packed w, FloatStorage y) {
    gemm.multiply(rows(s, x), w, positions(s), pixels(s, y));
  }

  VectorGemm.Packed packed(Conv2dShape s, FloatStorage w) {
    return gemm.packed(columns(s, w), s.o(), depth(s));
  }

  private static int positions(Conv2dShape s) {
    return s.n() * s.oh() * s.ow();
  }

  private static int depth(Conv2dShape s) {
    return s.kh() * s.kw() * s.c();
  }

  private GemmOperand.Rows rows(Conv2dShape s, FloatStorage x) {
    boolean pixels = s.kh() == 1 && s.kw() == 1 && s.stride() == 1 && s.pad() == 0;
    return pixels ? new GemmOperand.AlongLines(x.array(), x.offset(), s.c()) : patches(s, x);
  }

  private static GemmOperand.AlongLines columns(Conv2dShape s, FloatStorage w) {
    return new GemmOperand.AlongLines(w.array(), w.offset(), depth(s));
  }

  private static VectorGemm.Adjacent pixels(Conv2dShape s, FloatStorage y) {
    return new VectorGemm.Adjacent(y.array(), y.offset(), s.o());
  }

  /// `dw [o, kh kw c] = dy^T [o, positions] * patches(x)`.
  void backwardWeight(Conv2dShape s, FloatStorage x, FloatStorage dy, FloatStorage dw) {
    var left = new GemmOperand.AcrossLines(lanes, dy.array(), dy.offset(), s.o());
    var right = patches(s, x).asRight();
    var product = new VectorGemm.Product(left, right, 1, s.o(), depth(s), positions(s));
    gemm.multiply(product, new VectorGemm.Adjacent(dw.array(), dw.offset(), depth(s)), false);
  }

  private ConvIm2col patches(Conv2dShape s, FloatStorage x) {
    return new ConvIm2col(
        lanes,
        x.array(),
        x.offset(),
        s.h(),
        s.w(),
        s.c(),
        s.oh(),
        s.ow(),
        s.stride(),
        -s.pad(),
        -s.pad(),
        s.kw());
  }

  /// Input pixels fall into `stride * stride` phases by their coordinates modulo the stride. Those
  /// of one phase meet the same kernel taps, so that each phase is a convolution of `dy` with
  /// stride 1, and no product is wasted on the zeros that a dilated `dy` would have. A worker takes
  /// some lines of the image through all phases, while they are in its cache.
  void backwardData(Conv2dShape s, FloatStorage dy, FloatStorage w, FloatStorage dx) {
    int stride = s.stride();
    // Pixels of all phases but the first get nothing from a kernel of one tap.
    boolean alone = stride > 1 && s.kh() == 1 && s.kw() == 1 && s.pad() == 0;
    var phases = new Phase[alone ? 1 : stride * stride];
    while (phaseWeights.size() < phases.length) {
      phaseWeights.add(new Scratch());
    }
    for (int i = 0; i < phases.length; i++) {
      phases[i] = new Phase(s, i / stride, i % stride, dy, w, dx, alone, phaseWeights.get(i));
    }
    int lines = s.n() * phases[0].gridH;
    boolean share = VectorGemm.worthSharing((long) positions(s) * s.o() * s.kh() * s.kw() * s.c());
    int some = Math.max(1, ROWS / Math.max(1, phases[0].gridW));
    workers.forEach(
        lines,
        share ? 1 : lines,
        (from, to, worker) -> {
          for (int line = from; line < to; line += some) {
            for (var phase : phases) {
              phase.multiply(line, Math.min(line + some, to), phases[0].gridH, worker);
            }
          }
        });
  }

  /// The input pixels `(row + i stride, column + j stride)`: `dx of them = patches(dy) * flipped
  /// weights`.
  ///
  /// Pixel `h` of the input meets tap `i` of the kernel in output row `(h + pad - i) / stride`
  /// where that is whole: taps `i = first, first + stride, ...`, the last of which gives the
  /// topmost output row.
  private final class Phase implements VectorGemm.Output {
    final Conv2dShape s;
    final int row;
    final int column;
    final int gridH;
    final int gridW;
    final FloatStorage dx;
    final boolean alone;
    final ConvIm2col patches;
    final VectorGemm.Packed weights;

    /// @param alone whether the pixels in between are to become zero
    Phase(
        Conv2dShape s,
        int row,
        int column,
        FloatStorage dy,
        FloatStorage w,
        FloatStorage dx,
        boolean alone,
        Scratch scratch) {
      this.s = s;
      this.row = row;
      this.column = column;
      this.gridH = ceilDiv(s.h() - row, s.stride());
      this.gridW = ceilDiv(s.w() - column, s.stride());
      this.dx = dx;
      this.alone = alone;
      int stride = s.stride();
      int firstRow = (row + s.pad()) % stride;
      int firstColumn = (column + s.pad()) % stride;
      int rows = ceilDiv(s.kh() - firstRow, stride);
      int columns = ceilDiv(s.kw() - firstColumn, stride);
      int lastRow = firstRow + (rows - 1) * stride;
      int lastColumn = firstColumn + (columns - 1) * stride;
      this.patches =
          new ConvIm2col(
              lanes,
              dy.array(),
              dy.offset(),
              s.oh(),
              s.ow(),
              s.o(),
              gridH,
              gridW,
              1,
              (row + s.pad() - lastRow) / stride,
              (column + s.pad() - lastColumn) / stride,
              columns);
      var flipped =
          new ConvFlippedWeights(
              lanes,
              w.array(),
              w.offset(),
              s.kh(),
              s.kw(),
              s.c(),
              s.o(),
              stride,
              lastRow,
              lastColumn,
              columns);
      this.weights = gemm.packed(flipped, s.c(), rows * columns * s.o(), scratch);
    }

    /// For some lines of the first phase's grid, counted over all images. This phase's may lack an
    /// image's last one.
    void multiply(int from, int to, int lines, int worker) {
      gemm.multiplyRows(patches, weights, position(from, lines), position(to, lines), this, worker);
    }

    private int position(int line, int lines) {
      return (line / lines * gridH + Math.min(line % lines, gridH)) * gridW;
    }

    private int count() {
      return s.n() * gridH * gridW;
    }

    @Override
    public float[] array() {
      return dx.array();
    }

    @Override
    public int row(int i) {
      int line = i / gridW;
      int y = row + line % gridH * s.stride();
      int x = column + i % gridW * s.stride();
      return dx.offset() + ((line / gridH * s.h() + y) * s.w() + x) * s.c();
    }

    @Override
    public int distance() {
      return s.stride() * s.c();
    }

    @Override
    public void begin(int first, int rows) {
      if (alone) {
        int end = first + rows == count() ? dx.offset() + dx.length() : row(first + rows);
        Arrays.fill(dx.array(), row(first), end, 0);
      }
    }
  }

  private static int ceilDiv(int count, int size) {
    return Math.max(0, Math.ceilDiv(count, size));
  }
}
