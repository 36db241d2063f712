// One tile of a product on tensor cores, by a block of 4 warps: the inner loop of gemm and
// convolution in TF32 and bf16.
//
// Operands lie in global memory as elements T (float for TF32, bf16), every row aligned to 16
// bytes. A slice of k is 64 bytes of it: 16 floats or 32 bf16. STAGES slices lie in shared memory;
// while one is multiplied the next ones arrive by asynchronous copies, which need no registers. A
// warp holds 64 x 64 sums (128 registers a thread): per slice it reads 128 rows of 64 bytes for
// 64 x 64 x slice products, so that shared memory keeps up with the tensor cores.
//
// Shared memory without bank conflicts: its rows are a multiple of 64 bytes apart, so the 16-byte
// pieces of a row are permuted by a number that depends on the row ("swizzle"). It is chosen such
// that both the copies and the 8 rows that ldmatrix reads at once fall into different banks.
#pragma once
#include "sums.cuh"
#include "tensor_core.cuh"
#include "views.cuh"

enum { TENSOR_THREADS = 128, SLICE_BYTES = 64, STAGES = 4, WARP_TILE = 64 };

// What the two element types differ in.
template <class T> struct Element;

template <> struct Element<bf16> {
  enum { PIECE = 8 };  // elements of 16 bytes
  static __device__ __forceinline__ void multiply(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) { mma_bf16(d, a, b); }
  static __device__ __forceinline__ unsigned rounded(unsigned bits) { return bits; }
};

template <> struct Element<float> {
  enum { PIECE = 4 };
  static __device__ __forceinline__ void multiply(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) { mma_tf32(d, a, b); }
  static __device__ __forceinline__ unsigned rounded(unsigned bits) { return round_tf32(bits); }
};

// An operand of `ROWS` rows whose inner axis is k: [row][64 bytes of k] in shared memory.
template <int ROWS, class View> struct TensorAlongK {
  typedef typename View::Element T;
  enum { PIECE = Element<T>::PIECE, PIECES = 4, STEP = TENSOR_THREADS / PIECES, COPIES = ROWS / STEP };
  const View &view;
  int piece, row;
  typename View::Outer rows[COPIES];

  __device__ TensorAlongK(const View &view, int first)
      : view(view), piece(threadIdx.x % PIECES), row(threadIdx.x / PIECES) {
#pragma unroll
    for (int i = 0; i < COPIES; i++) rows[i] = view.outer(first + row + i * STEP);
  }

  // Two rows are 128 bytes, all banks once: rows 0 and 1, 2 and 3, ... have the same permutation.
  static __device__ __forceinline__ int place(int row, int piece) { return row * SLICE_BYTES + ((piece ^ (row >> 1 & 3)) << 4); }

  __device__ __forceinline__ void copy(char *slice, int k, const void *any) const {
    typename View::Inner at = view.inner(k + piece * PIECE);
#pragma unroll
    for (int i = 0; i < COPIES; i++) copy_async(slice + place(row + i * STEP, piece), view.at(rows[i], at), any);
  }

  // Registers of the rows `first` to first + 16 as A, for half a slice: rows, then halves of k.
  static __device__ __forceinline__ void fragment_a(unsigned (&r)[4], const char *slice, int first, int half) {
    int lane = threadIdx.x % 32;
    ldmatrix(r, slice + place(first + lane % 16, half * 2 + lane / 16));
  }

  // As B, for two times 8 columns: halves of k, then columns.
  static __device__ __forceinline__ void fragment_b(unsigned (&r)[4], const char *slice, int first, int half) {
    int lane = threadIdx.x % 32;
    ldmatrix(r, slice + place(first + lane % 8 + lane / 16 * 8, half * 2 + lane / 8 % 2));
  }
};

// An operand whose outer axis is k: [k][ROWS] in shared memory.
template <int ROWS, class View> struct TensorAcrossK {
  typedef typename View::Element T;
  enum {
    PIECE = Element<T>::PIECE,
    K = SLICE_BYTES / sizeof(T),
    PIECES = ROWS / PIECE,
    STEP = TENSOR_THREADS / PIECES,
    COPIES = K / STEP
  };
  const View &view;
  int piece, row;
  typename View::Inner at;

  __device__ TensorAcrossK(const View &view, int first)
      : view(view), piece(threadIdx.x % PIECES), row(threadIdx.x / PIECES), at(view.inner(first + piece * PIECE)) {}

  // bf16: ldmatrix reads 8 rows at one piece. TF32: a load reads 4 rows at two neighbouring pieces.
  static __device__ __forceinline__ int place(int k, int piece) {
    int permutation = sizeof(T) == 2 ? k & 7 : (k & 3) << 1;
    return (k * PIECES + (piece ^ permutation)) << 4;
  }

  __device__ __forceinline__ void copy(char *slice, int k, const void *any) const {
#pragma unroll
    for (int i = 0; i < COPIES; i++) copy_async(slice + place(row + i * STEP, piece), view.at(view.outer(k + row + i * STEP), at), any);
  }

  static __device__ __forceinline__ unsigned load(const char *slice, int k, int column) {
    return *reinterpret_cast<const unsigned *>(slice + place(k, column >> 2) + (column & 3) * 4);
  }

  static __device__ __forceinline__ void fragment_a(unsigned (&r)[4], const char *slice, int first, int half) {
    int lane = threadIdx.x % 32;
    if (sizeof(T) == 2) {
      ldmatrix_transposed(r, slice + place(half * 16 + lane % 8 + lane / 16 * 8, (first >> 3) + lane / 8 % 2));
    } else {
#pragma unroll
      for (int i = 0; i < 4; i++) r[i] = load(slice, half * 8 + lane % 4 + i / 2 * 4, first + lane / 4 + i % 2 * 8);
    }
  }

  static __device__ __forceinline__ void fragment_b(unsigned (&r)[4], const char *slice, int first, int half) {
    int lane = threadIdx.x % 32;
    if (sizeof(T) == 2) {
      ldmatrix_transposed(r, slice + place(half * 16 + lane % 16, (first >> 3) + lane / 16));
    } else {
#pragma unroll
      for (int i = 0; i < 4; i++) r[i] = load(slice, half * 8 + lane % 4 + i % 2 * 4, first + lane / 4 + i / 2 * 8);
    }
  }
};

// Bytes of dynamic shared memory for a tile of `m` x `n`.
constexpr int tensor_shared(int m, int n) { return STAGES * SLICE_BYTES * (m + n); }

// A warp's sums for write_sums.
struct WarpSums {
  enum { ROWS = 8, COLUMNS = 8 };
  const float (&sum)[4][8][4];
  __device__ __forceinline__ float2 pair(int i, int j) const {
    return make_float2(sum[i / 2][j][i % 2 * 2], sum[i / 2][j][i % 2 * 2 + 1]);
  }
};

// `part` of C = A B. `OperandA` and `OperandB` are TensorAlongK or TensorAcrossK over
// the tile's rows and columns, which make 4 warps of 64 x 64. `any` is an address that may be read.
template <int M, int N, class OperandA, class OperandB, class A, class B, class C>
static __device__ __forceinline__ void tensor_tile(const A &a, const B &b, const C &c, const Part &part, const void *any) {
  typedef Element<typename A::Element> E;
  const int K = SLICE_BYTES / sizeof(typename A::Element), STAGE = SLICE_BYTES * (M + N);
  static_assert(M * N == 4 * WARP_TILE * WARP_TILE, "a tile is 4 warps of 64 x 64");
  DYNAMIC_SHARED(char, stages);
  int warp = threadIdx.x / 32;
  int row = warp / (N / WARP_TILE) * WARP_TILE, column = warp % (N / WARP_TILE) * WARP_TILE;
  OperandA operandA(a, part.m);
  OperandB operandB(b, part.n);
  float sum[4][8][4] = {};
#pragma unroll
  for (int s = 0; s < STAGES - 1; s++) {
    if (part.from + s * K < part.to) {
      operandA.copy(stages + s * STAGE, part.from + s * K, any);
      operandB.copy(stages + s * STAGE + SLICE_BYTES * M, part.from + s * K, any);
    }
    copy_async_commit();
  }
  int now = 0;
  for (int k = part.from; k < part.to; k += K) {
    copy_async_wait<STAGES - 2>();  // this thread's copies of the slice are there ...
    __syncthreads();                // ... everybody's are, and nobody still reads the slice before
    int next = now == 0 ? STAGES - 1 : now - 1;
    if (k + (STAGES - 1) * K < part.to) {
      operandA.copy(stages + next * STAGE, k + (STAGES - 1) * K, any);
      operandB.copy(stages + next * STAGE + SLICE_BYTES * M, k + (STAGES - 1) * K, any);
    }
    copy_async_commit();
    const char *sliceA = stages + now * STAGE, *sliceB = sliceA + SLICE_BYTES * M;
#pragma unroll
    for (int half = 0; half < 2; half++) {
      unsigned x[4][4], y[8][2];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        OperandA::fragment_a(x[i], sliceA, row + i * 16, half);
#pragma unroll
        for (int e = 0; e < 4; e++) x[i][e] = E::rounded(x[i][e]);
      }
#pragma unroll
      for (int j = 0; j < 8; j += 2) {
        unsigned r[4];
        OperandB::fragment_b(r, sliceB, column + j * 8, half);
#pragma unroll
        for (int e = 0; e < 4; e++) y[j + e / 2][e % 2] = E::rounded(r[e]);
      }
#pragma unroll
      for (int i = 0; i < 4; i++)
#pragma unroll
        for (int j = 0; j < 8; j++) E::multiply(sum[i][j], x[i], y[j]);
    }
    now = now == STAGES - 1 ? 0 : now + 1;
  }
  copy_async_wait<0>();
  write_sums(WarpSums{sum}, c, part.m + row, part.n + column);
}
