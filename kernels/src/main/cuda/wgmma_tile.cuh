// One tile of a product on the tensor cores of compute capability 9.0a, by a block of two or three
// warpgroups: the inner loop of gemm and convolution in bf16 there. Each warpgroup has 64 of the tile's
// rows and all of its columns:
//
//   narrow  128 x  64, three blocks on a multiprocessor
//   usual   128 x 128, two blocks
//   wide    192 x 256, one block
//
// A slice of k is 64 elements, 128 bytes. STAGES slices lie in shared memory; while the tensor cores
// multiply one, the next ones arrive by asynchronous copies. Several blocks on a multiprocessor fill each
// other's waits; one alone has the products of a slice in flight while it waits for the next.
//
// What limits it, per slice of a 128 x 128 tile: tensor cores 512 clocks; shared memory 48 KiB read and 32
// KiB written, 640; L2 32 KiB, some 700 unless L1 has them. A convolution therefore walks through the
// taps of 64 channels before the next 64 channels, since neighbouring taps read the same pixels, from L1.
#pragma once
#include "sums.cuh"
#include "views.cuh"
#include "wgmma.cuh"

enum { SLICE = 64, SLICE_BYTES = 128, BLOCK_BYTES = SLICE * SLICE_BYTES };

// The tile with N columns.
//
// BLOCKS on a multiprocessor, STAGES of slices, of which IN_FLIGHT may still be multiplied when the next
// one's products begin.
template <int N> struct Tile;
template <> struct Tile<64> {
  enum { ROWS = 128, THREADS = 256, BLOCKS = 3, STAGES = 3, IN_FLIGHT = 0 };
};
template <> struct Tile<128> {
  enum { ROWS = 128, THREADS = 256, BLOCKS = 2, STAGES = 3, IN_FLIGHT = 0 };
};
template <> struct Tile<256> {
  enum { ROWS = 192, THREADS = 384, BLOCKS = 1, STAGES = 4, IN_FLIGHT = 1 };
};

// An operand of `ROWS` rows along which k runs: [row][64 of k] in shared memory. A source gives, for a
// row, its `outer` position, for 8 elements of a slice their `inner` one, and the address of both.
template <int ROWS, int THREADS, class Source> struct WgmmaAlongK {
  enum { ACROSS = 0, STEP = THREADS / 8, COPIES = (ROWS + STEP - 1) / STEP };
  const Source &source;
  int piece, row;
  typename Source::Outer rows[COPIES];

  __device__ WgmmaAlongK(const Source &source, int first) : source(source), piece(threadIdx.x % 8), row(threadIdx.x / 8) {
#pragma unroll
    for (int i = 0; i < COPIES; i++) rows[i] = source.outer(first + row + i * STEP);
  }

  __device__ __forceinline__ void copy(char *to, int slice, const void *any) const {
    typename Source::Inner at = source.inner(slice, piece * 8);
    char *place = to + row * SLICE_BYTES + ((piece ^ (row & 7)) << 4);
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      if (ROWS % STEP == 0 || row + i * STEP < ROWS) copy_async(place + i * STEP * SLICE_BYTES, source.at(rows[i], at), any);
    }
  }

  // 16 of a slice's k, of the rows from `first`.
  static __device__ __forceinline__ SharedMatrix matrix(const char *slice, int first, int sixteenth) {
    return shared_matrix(slice + first * SLICE_BYTES + sixteenth * 32, BLOCK_BYTES);
  }
};

// An operand whose rows are k: blocks of [64 of k][64 columns] in shared memory. A source gives, for a k
// of a slice, its `outer` position, for 8 columns their `inner` one, and the address of both.
template <int COLUMNS, int THREADS, class Source> struct WgmmaAcrossK {
  enum { ACROSS = 1, PIECES = COLUMNS / 8, STEP = THREADS / PIECES, COPIES = (SLICE + STEP - 1) / STEP };
  const Source &source;
  int piece, row;
  typename Source::Inner at;

  __device__ WgmmaAcrossK(const Source &source, int first)
      : source(source), piece(threadIdx.x % PIECES), row(threadIdx.x / PIECES), at(source.inner(first + piece * 8)) {}

  __device__ __forceinline__ void copy(char *to, int slice, const void *any) const {
    char *block = to + piece / 8 * BLOCK_BYTES;
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      int k = row + i * STEP;
      if (SLICE % STEP == 0 || k < SLICE) copy_async(block + k * SLICE_BYTES + ((piece ^ k) % 8 << 4), source.at(source.outer(slice, k), at), any);
    }
  }

  static __device__ __forceinline__ SharedMatrix matrix(const char *slice, int first, int sixteenth) {
    return shared_matrix(slice + first / 64 * BLOCK_BYTES + sixteenth * 16 * SLICE_BYTES, BLOCK_BYTES);
  }
};

// A view as a source, whose positions are elements of k in memory's order.
template <class View> struct PlainK {
  typedef typename View::Outer Outer;
  typedef typename View::Inner Inner;
  View view;
  __device__ Outer outer(int row) const { return view.outer(row); }
  __device__ Inner inner(int slice, int first) const { return view.inner(slice * SLICE + first); }
  __device__ Outer outer(int slice, int k) const { return view.outer(slice * SLICE + k); }
  __device__ Inner inner(int column) const { return view.inner(column); }
  __device__ const bf16 *at(const Outer &outer, const Inner &inner) const { return view.at(outer, inner); }
};

// Where slices of k = (taps, channels) begin: where the channels are whole slices, taps run fastest.
struct TapsFirst {
  int channels, whole;
  Divider byTaps;
  __device__ TapsFirst(int taps, int channels) : channels(channels), whole(channels % SLICE == 0), byTaps(max(taps, 1)) {}
  __device__ __forceinline__ int begin(int slice) const {
    int chunk = byTaps.quotient(slice), tap = slice - chunk * byTaps.divisor;
    return whole ? tap * channels + chunk * SLICE : slice * SLICE;
  }
};

// A view with k along it in that order.
template <class View> struct AlongTaps {
  typedef typename View::Outer Outer;
  typedef typename View::Inner Inner;
  View view;
  TapsFirst order;
  __device__ Outer outer(int row) const { return view.outer(row); }
  __device__ Inner inner(int slice, int first) const { return view.inner(order.begin(slice) + first); }
  __device__ const bf16 *at(const Outer &outer, const Inner &inner) const { return view.at(outer, inner); }
};

// A weight with k along its rows. A row's place is found only when it is needed: its number takes fewer
// registers.
struct WeightRows {
  enum { NOWHERE = 1 << 30 };  // behind every weight
  typedef int Outer;
  typedef int Inner;
  const bf16 *weight;
  int length, size;
  __device__ Outer outer(int row) const { return row; }
  __device__ const bf16 *at(Outer row, Inner k) const { return (unsigned)(row * length + k) < (unsigned)size ? weight + (row * length + k) : nullptr; }
};

// [o, taps, c], with k = (taps, c).
struct ForwardWeight : WeightRows {
  __device__ ForwardWeight(const bf16 *weight, int outputs, int length) : WeightRows{weight, length, outputs * length} {}
  __device__ Inner inner(int position) const { return position < length ? position : NOWHERE; }
};

// The transpose, [c, taps, o], with k = (taps of a phase, o); o as stored in dy.
struct TransposedWeight : WeightRows {
  int channels, kw, stride, tapsY, tapsX;
  Divider byChannels, byTapsX;
  __device__ TransposedWeight(const bf16 *weight, const Conv &s, const Phase &f, int inputs)
      : WeightRows{weight + (f.tapY * s.kw + f.tapX) * s.o, s.kh * s.kw * s.o, inputs * s.kh * s.kw * s.o}, channels(s.o), kw(s.kw),
        stride(s.stride), tapsY(f.tapsY), tapsX(f.tapsX), byChannels(s.o), byTapsX(max(f.tapsX, 1)) {}
  __device__ Inner inner(int position) const {
    int tap = byChannels.quotient(position), y = byTapsX.quotient(tap);
    int x = tap - y * tapsX;
    return y < tapsY ? ((y * kw + x) * stride - tap) * channels + position : NOWHERE;
  }
};

// The sums of a warp of a warpgroup for write_sums: 16 x N.
template <int N> struct WarpOfGroup {
  enum { ROWS = 2, COLUMNS = N / 8 };
  const float (&sum)[N / 2];
  __device__ __forceinline__ float2 pair(int i, int j) const { return make_float2(sum[j * 4 + i * 2], sum[j * 4 + i * 2 + 1]); }
};

// Where the transpose of a result [rows, columns] goes: its columns are rows in memory.
struct TransposedRows {
  float *data;
  int rows, columns;
};

template <class Sums>
static __device__ __forceinline__ void write_sums(const Sums &sums, const TransposedRows &c, int row, int column) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int i = 0; i < Sums::ROWS; i++) {
    int r = row + i * 8 + lane / 4;
    if (r >= c.rows) continue;
#pragma unroll
    for (int j = 0; j < Sums::COLUMNS; j++) {
      int at = column + j * 8 + lane % 4 * 2;
      float2 pair = sums.pair(i, j);
      if (at < c.columns) c.data[(size_t)at * c.rows + r] = pair.x;
      if (at + 1 < c.columns) c.data[(size_t)(at + 1) * c.rows + r] = pair.y;
    }
  }
}

// `part` of C = A B, whose sums begin at a multiple of the slice. `OperandA` and `OperandB` are WgmmaAlongK
// or WgmmaAcrossK over the tile's rows and columns. `any` is an address that may be read.
template <int N, class OperandA, class OperandB, class A, class B, class C>
static __device__ __forceinline__ void wgmma_tile(const A &a, const B &b, const C &c, const Part &part, const void *any) {
  typedef Tile<N> T;
  const int OF_A = T::ROWS * SLICE_BYTES, STAGE = OF_A + N * SLICE_BYTES, AHEAD = T::STAGES - 1 - T::IN_FLIGHT;
  DYNAMIC_SHARED(char, memory);
  char *stages = memory + (1024 - (size_t)memory % 1024) % 1024;  // where groups of 8 rows may begin
  int warpgroup = threadIdx.x / 128, from = part.from / SLICE, to = (part.to + SLICE - 1) / SLICE;
  OperandA operandA(a, part.m);
  OperandB operandB(b, part.n);
  float sum[N / 2] = {};
#pragma unroll
  for (int s = 0; s < AHEAD; s++) {
    if (from + s < to) {
      operandA.copy(stages + s * STAGE, from + s, any);
      operandB.copy(stages + s * STAGE + OF_A, from + s, any);
    }
    copy_async_commit();
  }
  int now = 0, next = AHEAD;
  for (int slice = from; slice < to; slice++) {
    copy_async_wait<AHEAD - 1>();  // this thread's copies of the slice are there ...
    fence_for_wgmma();
    __syncthreads();  // ... everybody's are, and nobody's products still read the stage `next`
    const char *sliceA = stages + now * STAGE, *sliceB = sliceA + OF_A;
    wgmma_begin();
#pragma unroll
    for (int i = 0; i < SLICE / 16; i++) {
      wgmma<OperandA::ACROSS, OperandB::ACROSS>(sum, OperandA::matrix(sliceA, warpgroup * 64, i), OperandB::matrix(sliceB, 0, i));
    }
    wgmma_commit();
    if (slice + AHEAD < to) {
      operandA.copy(stages + next * STAGE, slice + AHEAD, any);
      operandB.copy(stages + next * STAGE + OF_A, slice + AHEAD, any);
    }
    copy_async_commit();
    wgmma_wait<T::IN_FLIGHT>();
    now = now == T::STAGES - 1 ? 0 : now + 1;
    next = next == T::STAGES - 1 ? 0 : next + 1;
  }
  wgmma_wait<0>();
  copy_async_wait<0>();
  write_sums(WarpOfGroup<N>{sum}, c, part.m + warpgroup * 64 + threadIdx.x / 32 % 4 * 16, part.n);
}
