package facet.kernels.cpu;

import facet.tensor.kernel.Conv2dShape;
import java.util.Arrays;

/// Convolution as a matrix product with a patch matrix that exists only panel by panel: any kernel,
/// stride and padding. See [ConvIm2col].
final class ConvImplicitGemm {
  /// Rows that a product of backward-data should have, so that packing the weights is worth it.
  private static final int WORTH_PACKING = 2048;

  private final Lanes lanes;
  private final VectorGemm gemm;

  ConvImplicitGemm(Lanes lanes, VectorGemm gemm) {
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
        s.kh(),
        s.kw());
  }

  /// Input pixels fall into `stride * stride` phases by their coordinates modulo the stride. Those
  /// of one phase meet the same kernel taps, so that each phase is a convolution of `dy` with
  /// stride 1, and no product is wasted on the zeros that a dilated `dy` would have.
  void backwardData(Conv2dShape s, FloatStorage dy, FloatStorage w, FloatStorage dx) {
    int stride = s.stride();
    if (stride > 1 && s.kh() == 1 && s.kw() == 1 && s.pad() == 0) {
      new Phase(s, 0, 0).multiply(dy, 0, s.n(), w, dx, true);
      return;
    }
    int images =
        stride == 1
            ? s.n()
            : Math.clamp(WORTH_PACKING * stride * stride / (s.h() * s.w()), 1, s.n());
    for (int image = 0; image < s.n(); image += images) {
      int count = Math.min(images, s.n() - image);
      for (int i = 0; i < stride * stride; i++) {
        new Phase(s, i / stride, i % stride).multiply(dy, image, count, w, dx, false);
      }
    }
  }

  /// The input pixels `(row + i stride, column + j stride)`.
  private final class Phase {
    final Conv2dShape s;
    final int row;
    final int column;
    final int gridH;
    final int gridW;

    Phase(Conv2dShape s, int row, int column) {
      this.s = s;
      this.row = row;
      this.column = column;
      this.gridH = ceilDiv(s.h() - row, s.stride());
      this.gridW = ceilDiv(s.w() - column, s.stride());
    }

    /// `dx of this phase = patches(dy) * flipped weights` for some images.
    ///
    /// Pixel `h` of the input meets tap `i` of the kernel in output row `(h + pad - i) / stride`
    /// where that is whole: taps `i = first, first + stride, ...`, the last of which gives the
    /// topmost output row.
    ///
    /// @param alone whether this is the first phase, and the others' gradients are zero
    void multiply(
        FloatStorage dy, int image, int images, FloatStorage w, FloatStorage dx, boolean alone) {
      int stride = s.stride();
      int firstRow = (row + s.pad()) % stride;
      int firstColumn = (column + s.pad()) % stride;
      int rows = ceilDiv(s.kh() - firstRow, stride);
      int columns = ceilDiv(s.kw() - firstColumn, stride);
      int count = images * gridH * gridW;
      int k = rows * columns * s.o();
      int lastRow = firstRow + (rows - 1) * stride;
      int lastColumn = firstColumn + (columns - 1) * stride;
      int from = dy.offset() + image * s.oh() * s.ow() * s.o();
      var patches =
          new ConvIm2col(
              lanes,
              dy.array(),
              from,
              s.oh(),
              s.ow(),
              s.o(),
              gridH,
              gridW,
              1,
              (row + s.pad() - lastRow) / stride,
              (column + s.pad() - lastColumn) / stride,
              rows,
              columns);
      var weights =
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
      var product = new VectorGemm.Product(patches, weights, 1, count, s.c(), k);
      int to = dx.offset() + image * s.h() * s.w() * s.c();
      gemm.multiply(product, new PhaseRows(this, dx.array(), to, count, alone), false);
    }
  }

  /// The pixels of a phase in images from `offset` on, as the rows of a product.
  ///
  /// @param alone whether pixels in between are to become zero: block by block, while those are in
  ///     the cache
  @SuppressWarnings("ArrayRecordComponent")
  private record PhaseRows(Phase phase, float[] array, int offset, int count, boolean alone)
      implements VectorGemm.Output {
    @Override
    public void begin(int row, int rows) {
      if (alone) {
        var s = phase.s;
        int images = count / (phase.gridH * phase.gridW);
        int last = offset + images * s.h() * s.w() * s.c();
        Arrays.fill(array, row(row), row + rows == count ? last : row(row + rows), 0);
      }
    }

    @Override
    public int row(int i) {
      var s = phase.s;
      int line = i / phase.gridW;
      int y = phase.row + line % phase.gridH * s.stride();
      int x = phase.column + i % phase.gridW * s.stride();
      return offset + ((line / phase.gridH * s.h() + y) * s.w() + x) * s.c();
    }

    @Override
    public int distance() {
      return phase.s.stride() * phase.s.c();
    }
  }

  private static int ceilDiv(int count, int size) {
    return Math.max(0, Math.ceilDiv(count, size));
  }
}
