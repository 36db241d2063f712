package facet.kernels.cpu;

import facet.tensor.kernel.Conv2dShape;

/// Convolution as a matrix product with a patch matrix that exists only panel by panel: any kernel,
/// stride and padding. See [Patches].
final class ImplicitGemm {
  private final Workers workers;
  private final VectorGemm gemm;
  private final Scratch[] phases;

  ImplicitGemm(Workers workers, VectorGemm gemm) {
    this.workers = workers;
    this.gemm = gemm;
    this.phases = Scratch.perWorker(workers);
  }

  /// `y [positions, o] = patches(x) [positions, kh kw c] * w^T`.
  void forward(Conv2dShape s, FloatStorage x, FloatStorage w, FloatStorage y) {
    int positions = s.n() * s.oh() * s.ow();
    int k = s.kh() * s.kw() * s.c();
    var weights = new Operand.Matrix(w.array(), w.offset(), k, true, 1);
    gemm.multiply(patches(s, x), weights, positions, s.o(), k, y.array(), y.offset(), false);
  }

  /// `dw [o, kh kw c] = dy^T [o, positions] * patches(x)`.
  void backwardWeight(Conv2dShape s, FloatStorage x, FloatStorage dy, FloatStorage dw) {
    int positions = s.n() * s.oh() * s.ow();
    int k = s.kh() * s.kw() * s.c();
    var left = new Operand.Matrix(dy.array(), dy.offset(), s.o(), false, 1);
    var right = patches(s, x).transposed();
    gemm.multiply(left, right, s.o(), k, positions, dw.array(), dw.offset(), false);
  }

  private static Patches patches(Conv2dShape s, FloatStorage x) {
    return new Patches(
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
        s.kh(),
        s.kw());
  }

  /// Input pixels fall into `stride * stride` phases by their coordinates modulo the stride. Those
  /// of one phase meet the same kernel taps, so that each phase is a convolution of `dy` with
  /// stride 1, and no product is wasted on the zeros that a dilated `dy` would have.
  void backwardData(Conv2dShape s, FloatStorage dy, FloatStorage w, FloatStorage dx) {
    if (s.stride() == 1) {
      var phase = new Phase(s, 0, 0);
      phase.multiply(dy, 0, s.n(), w, dx.array(), dx.offset());
      return;
    }
    workers.forEach(
        s.n(),
        (from, to, worker) -> {
          for (int image = from; image < to; image++) {
            for (int i = 0; i < s.stride() * s.stride(); i++) {
              phase(new Phase(s, i / s.stride(), i % s.stride()), dy, image, w, dx, worker);
            }
          }
        });
  }

  /// One phase of one image: a product into scratch, whose rows then go where they belong.
  private void phase(
      Phase phase, FloatStorage dy, int image, FloatStorage w, FloatStorage dx, int worker) {
    var s = phase.s;
    int c = s.c();
    int gridW = phase.gridW();
    int pixels = phase.gridH() * gridW;
    var part = phases[worker].atLeast(pixels * c);
    if (pixels == 0) {
      return;
    }
    phase.multiply(dy, image, 1, w, part, FloatStorage.ALIGNED);
    for (int i = 0; i < pixels; i++) {
      int row = phase.row + i / gridW * s.stride();
      int column = phase.column + i % gridW * s.stride();
      int to = dx.offset() + ((image * s.h() + row) * s.w() + column) * c;
      System.arraycopy(part, FloatStorage.ALIGNED + i * c, dx.array(), to, c);
    }
  }

  /// The input pixels `(row + i stride, column + j stride)`.
  private final class Phase {
    final Conv2dShape s;
    final int row;
    final int column;

    Phase(Conv2dShape s, int row, int column) {
      this.s = s;
      this.row = row;
      this.column = column;
    }

    int gridH() {
      return ceilDiv(s.h() - row, s.stride());
    }

    int gridW() {
      return ceilDiv(s.w() - column, s.stride());
    }

    /// `dx of this phase = patches(dy) * flipped weights` for some images.
    ///
    /// Pixel `h` of the input meets tap `i` of the kernel in output row `(h + pad - i) / stride`
    /// where that is whole: taps `i = first, first + stride, ...`, the last of which gives the
    /// topmost output row.
    void multiply(
        FloatStorage dy, int image, int images, FloatStorage w, float[] out, int outOffset) {
      int stride = s.stride();
      int firstRow = (row + s.pad()) % stride;
      int firstColumn = (column + s.pad()) % stride;
      int rows = ceilDiv(s.kh() - firstRow, stride);
      int columns = ceilDiv(s.kw() - firstColumn, stride);
      int count = images * gridH() * gridW();
      int k = rows * columns * s.o();
      int lastRow = firstRow + (rows - 1) * stride;
      int lastColumn = firstColumn + (columns - 1) * stride;
      int from = dy.offset() + image * s.oh() * s.ow() * s.o();
      var patches =
          new Patches(
              dy.array(),
              from,
              s.oh(),
              s.ow(),
              s.o(),
              gridH(),
              gridW(),
              1,
              (row + s.pad() - lastRow) / stride,
              (column + s.pad() - lastColumn) / stride,
              rows,
              columns);
      var weights =
          new FlippedWeights(
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
      gemm.multiply(patches, weights, count, s.c(), k, out, outOffset, false);
    }
  }

  private static int ceilDiv(int count, int size) {
    return Math.max(0, Math.ceilDiv(count, size));
  }
}
