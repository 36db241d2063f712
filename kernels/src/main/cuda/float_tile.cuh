// One tile of a float32 product, by a block of 256 threads: the inner loop of gemm and convolution
// on plain cores.
//
// A thread holds 8 x 8 sums (or 8 x 4, 4 x 8) and reads, per step of k, 16 floats from shared memory
// for 64 multiply-adds. Its rows and columns come in groups of four, spread so that a warp reads
// each of its 32 rows once and 64 columns without bank conflicts. While a slice of 8 of k is
// multiplied the next one is on its way to registers; shared memory holds two slices, so that one
// barrier a slice is enough.
#pragma once
#include "views.cuh"

enum { FLOAT_THREADS = 256, SLICE = 8, PADDING = 4 };

// Four elements along the inner axis, zeros outside.
static __device__ __forceinline__ float4 load4(const float *p) {
  return p ? *reinterpret_cast<const float4 *>(p) : make_float4(0, 0, 0, 0);
}

// Brings `ROWS` x SLICE elements to shared memory as [k][row], from a view whose inner axis is k ...
template <int ROWS, class View> struct AlongK {
  const View &view;
  typename View::Outer row;

  __device__ AlongK(const View &view, int first) : view(view), row(view.outer(first + threadIdx.x / 2)) {}

  __device__ bool mine() const { return threadIdx.x < ROWS * SLICE / 4; }
  __device__ float4 load(int k) const { return load4(mine() ? view.at(row, view.inner(k + threadIdx.x % 2 * 4)) : nullptr); }
  __device__ void store(float (*slice)[ROWS + PADDING], float4 v) const {
    if (!mine()) return;
    int k = threadIdx.x % 2 * 4, r = threadIdx.x / 2;
    slice[k][r] = v.x;
    slice[k + 1][r] = v.y;
    slice[k + 2][r] = v.z;
    slice[k + 3][r] = v.w;
  }
};

// ... and from one whose outer axis is k.
template <int ROWS, class View> struct AcrossK {
  const View &view;
  int k, row;
  typename View::Inner inner;

  __device__ AcrossK(const View &view, int first)
      : view(view), k(threadIdx.x / (ROWS / 4)), row(threadIdx.x % (ROWS / 4) * 4), inner(view.inner(first + row)) {}

  __device__ bool mine() const { return k < SLICE; }
  __device__ float4 load(int from) const { return load4(mine() ? view.at(view.outer(from + k), inner) : nullptr); }
  __device__ void store(float (*slice)[ROWS + PADDING], float4 v) const {
    if (mine()) *reinterpret_cast<float4 *>(&slice[k][row]) = v;
  }
};

// `part` of C = A B. `FetchA` and `FetchB` are AlongK or
// AcrossK over 16 TM rows and 16 TN columns.
template <int TM, int TN, class FetchA, class FetchB, class A, class B, class C>
static __device__ __forceinline__ void float_tile(const A &a, const B &b, const C &c, const Part &part) {
  const int M = 16 * TM, N = 16 * TN;
  __align__(16) __shared__ float as[2][SLICE][M + PADDING], bs[2][SLICE][N + PADDING];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  int row = warp / 2 * (4 * TM) + lane / 8 * 4, column = warp % 2 * (8 * TN) + lane % 8 * 4;
  float sum[TM][TN] = {};
  FetchA fetchA(a, part.m);
  FetchB fetchB(b, part.n);
  if (part.from < part.to) {
    fetchA.store(as[0], fetchA.load(part.from));
    fetchB.store(bs[0], fetchB.load(part.from));
  }
  __syncthreads();
  for (int k = part.from, now = 0; k < part.to; k += SLICE, now ^= 1) {
    bool more = k + SLICE < part.to;
    float4 nextA, nextB;
    if (more) {
      nextA = fetchA.load(k + SLICE);
      nextB = fetchB.load(k + SLICE);
    }
#pragma unroll
    for (int l = 0; l < SLICE; l++) {
      float x[TM], y[TN];
#pragma unroll
      for (int g = 0; g < TM; g += 4)
        *reinterpret_cast<float4 *>(&x[g]) = *reinterpret_cast<float4 *>(&as[now][l][row + g * 4]);
#pragma unroll
      for (int g = 0; g < TN; g += 4)
        *reinterpret_cast<float4 *>(&y[g]) = *reinterpret_cast<float4 *>(&bs[now][l][column + g * 8]);
#pragma unroll
      for (int i = 0; i < TM; i++)
#pragma unroll
        for (int j = 0; j < TN; j++) sum[i][j] = fmaf(x[i], y[j], sum[i][j]);
    }
    if (more) {
      fetchA.store(as[now ^ 1], nextA);
      fetchB.store(bs[now ^ 1], nextB);
      __syncthreads();
    }
  }
#pragma unroll
  for (int i = 0; i < TM; i++) {
    float *to = c.at(part.m + row + i % 4 + i / 4 * 16);
#pragma unroll
    for (int j = 0; j < TN; j += 4) {
      int at = part.n + column + j * 8;
      if (to && c.atOnce == 4 && at < c.columns) {
        *reinterpret_cast<float4 *>(to + at) = make_float4(sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]);
      } else if (to) {
#pragma unroll
        for (int e = 0; e < 4; e++)
          if (at + e < c.columns) to[at + e] = sum[i][j + e];
      }
    }
  }
}
