// Operands of gemm and convolution as matrices that are never built: a view has outer positions
// (rows in memory) and inner positions (along the contiguous axis), and says where an element is,
// null standing for a zero. A position is decoded once and used for many elements.
//
// A convolution is a gemm over such views ("implicit gemm"):
//   forward          y  [pixels, o]     = windows of x [pixels, taps c]  *  w [o, taps c]^T
//   backward data    dx [pixels, c]     = windows of dy [pixels, taps o] *  w by tap [taps o, c]
//   backward weight  dw [o, taps c]     = dy [pixels, o]^T               *  windows of x [pixels, taps c]
#pragma once
#include "common.cuh"

// Division of 0 <= n < 2^31 by a divisor that is fixed for a launch, as a multiplication and a
// shift (Granlund and Montgomery, "Division by invariant integers using multiplication", 1994).
struct Divider {
  int divisor;
  unsigned multiplier, shift;

  __device__ explicit Divider(int d) : divisor(d), shift(32 - __clz(d - 1)) {
    multiplier = (unsigned)((((1ull << shift) - d) << 32) / d) + 1;
  }

  __device__ int quotient(int n) const {
    unsigned high = (unsigned)((unsigned long long)multiplier * (unsigned)n >> 32);
    return (int)((high + (unsigned)n) >> shift);
  }
};

// A matrix [outers, inners] in memory.
template <class T> struct Dense {
  typedef T Element;
  typedef const T *Outer;
  typedef int Inner;
  const T *data;
  int outers, inners;

  __device__ Dense(const T *data, int outers, int inners)
      : data(data), outers(outers), inners(inners) {}

  __device__ Outer outer(int row) const { return row < outers ? data + (size_t)row * inners : nullptr; }
  __device__ Inner inner(int column) const { return column; }
  __device__ const T *at(Outer row, Inner column) const { return row && column < inners ? row + column : nullptr; }
};

// A convolution as in facet.tensor.kernel.Conv2dShape. Channels are counted as they are stored, which
// may be more than there are: the rest is zero.
struct Conv {
  int n, h, w, c, o, kh, kw, stride, pad, oh, ow;
};

// The pixels of an image of x that the same taps of the kernel reach: (u, v) with u = y + stride u',
// v = x + stride v'. Others reach them not at all, so that with stride 2 a pixel costs a quarter.
struct Phase {
  int y, x, rows, columns, tapY, tapX, tapsY, tapsX;

  __device__ Phase(const Conv &s, int number) : y(number / s.stride), x(number % s.stride) {
    rows = (s.h - y + s.stride - 1) / s.stride;
    columns = (s.w - x + s.stride - 1) / s.stride;
    tapY = (y + s.pad) % s.stride;
    tapX = (x + s.pad) % s.stride;
    tapsY = (s.kh - tapY + s.stride - 1) / s.stride;
    tapsX = (s.kw - tapX + s.stride - 1) / s.stride;
  }
};

// Windows of an image [n, height, width, channels]: outer positions are windows in rows and columns,
// inner ones (tap, channel). Window (p, q) has its first tap at (p stride + originY, q stride +
// originX); the next taps follow in `direction`, 1 or -1.
template <class T> struct Windows {
  typedef T Element;
  struct Outer {
    int y, x, offset;  // of the first tap
  };
  struct Inner {
    int y, x, offset;  // from the first tap
  };
  const T *image;
  int height, width, channels, rows, columns, windows, stride, originY, originX, tapsY, tapsX, direction;
  Divider byRows, byColumns, byChannels, byTapsX;

  // The windows of x that make y.
  static __device__ Windows of_input(const T *x, const Conv &s) {
    return Windows(x, s.n, s.h, s.w, s.c, s.oh, s.ow, s.stride, -s.pad, -s.pad, s.kh, s.kw, 1);
  }

  // The windows of dy that make the pixels of a phase of dx.
  static __device__ Windows of_gradient(const T *dy, const Conv &s, const Phase &f) {
    return Windows(dy, s.n, s.oh, s.ow, s.o, f.rows, f.columns, 1, (f.y + s.pad - f.tapY) / s.stride,
                   (f.x + s.pad - f.tapX) / s.stride, f.tapsY, f.tapsX, -1);
  }

  __device__ Windows(const T *image, int n, int height, int width, int channels, int rows, int columns, int stride,
                     int originY, int originX, int tapsY, int tapsX, int direction)
      : image(image), height(height), width(width), channels(channels), rows(rows), columns(columns),
        windows(n * rows * columns), stride(stride), originY(originY), originX(originX), tapsY(tapsY), tapsX(tapsX),
        direction(direction), byRows(max(rows, 1)), byColumns(max(columns, 1)), byChannels(channels),
        byTapsX(max(tapsX, 1)) {}

  __device__ Outer outer(int window) const {
    if (window >= windows) return Outer{-(1 << 24), 0, 0};  // outside with every tap
    int line = byColumns.quotient(window), q = window - line * columns;
    int n = byRows.quotient(line), p = line - n * rows;
    int y = p * stride + originY, x = q * stride + originX;
    return Outer{y, x, ((n * height + y) * width + x) * channels};
  }

  __device__ Inner inner(int position) const {
    int tap = byChannels.quotient(position), channel = position - tap * channels;
    int i = byTapsX.quotient(tap), j = tap - i * tapsX;
    if (i >= tapsY) return Inner{-(1 << 20), 0, 0};
    return Inner{direction * i, direction * j, direction * (i * width + j) * channels + channel};
  }

  __device__ const T *at(const Outer &window, const Inner &tap) const {
    bool inside = (unsigned)(window.y + tap.y) < (unsigned)height && (unsigned)(window.x + tap.x) < (unsigned)width;
    return inside ? image + (window.offset + tap.offset) : nullptr;
  }
};

// The weight [o, kh, kw, c] for backward data: outer positions are (tap of a phase, output channel as
// stored in dy), inner ones input channels. `outputs` rows of the weight exist.
template <class T> struct TapWeights {
  typedef T Element;
  typedef const T *Outer;
  typedef int Inner;
  const T *weight;
  Conv s;
  Phase f;
  int outputs;
  Divider byOutput, byTapsX;

  __device__ TapWeights(const T *weight, const Conv &s, const Phase &f, int outputs)
      : weight(weight), s(s), f(f), outputs(outputs), byOutput(s.o), byTapsX(max(f.tapsX, 1)) {}

  __device__ Outer outer(int position) const {
    int tap = byOutput.quotient(position), output = position - tap * s.o;
    int i = byTapsX.quotient(tap), j = tap - i * f.tapsX;
    if (i >= f.tapsY || output >= outputs) return nullptr;
    return weight + (size_t)((output * s.kh + f.tapY + s.stride * i) * s.kw + f.tapX + s.stride * j) * s.c;
  }
  __device__ Inner inner(int channel) const { return channel; }
  __device__ const T *at(Outer row, Inner channel) const { return row && channel < s.c ? row + channel : nullptr; }
};

// Results are floats, or bf16 where `halves` says so; only kernels on tensor cores write bf16.

// How many neighbouring columns of a result can be written at once: all rows are aligned to them.
static __device__ __forceinline__ int columns_at_once(const float *data, int columns, bool halves) {
  size_t address = halves ? 2 * (size_t)data : (size_t)data;
  return address % 16 == 0 && columns % 4 == 0 ? 4 : address % 8 == 0 && columns % 2 == 0 ? 2 : 1;
}

// The element `at` of a result.
static __device__ __forceinline__ float *result_at(float *data, size_t at, bool halves) {
  return halves ? reinterpret_cast<float *>(reinterpret_cast<unsigned short *>(data) + at) : data + at;
}

// Where a result [rows, columns] goes: `at` is the beginning of a row, null of none.
struct DenseRows {
  float *data;
  int rows, columns;
  bool halves;
  int atOnce;

  __device__ DenseRows(float *data, int rows, int columns, bool halves = false)
      : data(data), rows(rows), columns(columns), halves(halves), atOnce(columns_at_once(data, columns, halves)) {}

  __device__ float *at(int row) const { return row < rows ? result_at(data, (size_t)row * columns, halves) : nullptr; }
};

// The pixels of a phase within dx, which has `columns` channels.
struct PhaseRows {
  float *dx;
  Conv s;
  Phase f;
  int columns;
  bool halves;
  int atOnce;
  Divider byRows, byColumns;

  __device__ PhaseRows(float *dx, const Conv &s, const Phase &f, int columns, bool halves = false)
      : dx(dx), s(s), f(f), columns(columns), halves(halves), atOnce(columns_at_once(dx, columns, halves)),
        byRows(max(f.rows, 1)), byColumns(max(f.columns, 1)) {}

  __device__ float *at(int pixel) const {
    int line = byColumns.quotient(pixel), v = pixel - line * f.columns;
    int n = byRows.quotient(line), u = line - n * f.rows;
    if (n >= s.n) return nullptr;
    return result_at(dx, (size_t)((n * s.h + f.y + s.stride * u) * s.w + f.x + s.stride * v) * columns, halves);
  }
};

// Which part of a product [m, n, k] a block computes. Blocks in order walk along the axis with fewer
// tiles first, so that those that run together share what they read of the larger operand. In the
// grid's y direction lie the splits: ranges of `chunk` of k, each with a result of its own.
struct Part {
  int m, n, from, to;

  __device__ Part(int m, int n, int k, int tileM, int tileN, int chunk) {
    int tilesM = (m + tileM - 1) / tileM, tilesN = (n + tileN - 1) / tileN, block = blockIdx.x;
    this->m = (tilesN <= tilesM ? block / tilesN : block % tilesM) * tileM;
    this->n = (tilesN <= tilesM ? block % tilesN : block / tilesM) * tileN;
    from = blockIdx.y * chunk;
    to = min(k, from + chunk);
  }
};
