// How the sums of a warp go from the registers, where tensor cores leave them, to memory.
//
// `Sums` has groups of 8 x 8 of them, ROWS by COLUMNS. `pair(i, j)` are this lane's two of a group: in row
// lane / 4, at columns 2 (lane % 4) and the next. `C` says where a row of the result begins, see views.cuh.
#pragma once
#include "elements.cuh"

// As floats, two columns at once where they are aligned.
template <class Sums, class C>
static __device__ __forceinline__ void write_floats(const Sums &sums, const C &c, int row, int column) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int i = 0; i < Sums::ROWS; i++) {
    float *to = c.at(row + i * 8 + lane / 4);
    if (!to) continue;
#pragma unroll
    for (int j = 0; j < Sums::COLUMNS; j++) {
      int at = column + j * 8 + lane % 4 * 2;
      float2 pair = sums.pair(i, j);
      if (c.atOnce > 1 && at < c.columns) {
        *reinterpret_cast<float2 *>(to + at) = pair;
      } else {
        if (at < c.columns) to[at] = pair.x;
        if (at + 1 < c.columns) to[at + 1] = pair.y;
      }
    }
  }
}

// As bf16. Neighbouring lanes swap halves, so that each has four columns and two of them fill the 32
// bytes that memory moves at once.
template <class Sums, class C>
static __device__ __forceinline__ void write_halves(const Sums &sums, const C &c, int row, int column) {
  int lane = threadIdx.x % 32, odd = lane % 2;
#pragma unroll
  for (int i = 0; i < Sums::ROWS; i++) {
    unsigned short *to = reinterpret_cast<unsigned short *>(c.at(row + i * 8 + lane / 4));
#pragma unroll
    for (int j = 0; j < Sums::COLUMNS; j += 2) {
      float2 even = sums.pair(i, j), next = sums.pair(i, j + 1);
      unsigned left = pack_bf16x2(even.x, even.y), right = pack_bf16x2(next.x, next.y);
      unsigned other = __shfl_xor_sync(FULL_WARP, odd ? left : right, 1);
      unsigned four[2] = {odd ? other : left, odd ? right : other};
      int at = column + (j + odd) * 8 + lane % 4 / 2 * 4;
      if (!to) continue;
      if (c.atOnce == 4 && at < c.columns) {
        *reinterpret_cast<uint2 *>(to + at) = make_uint2(four[0], four[1]);
      } else {
#pragma unroll
        for (int e = 0; e < 4; e++)
          if (at + e < c.columns) to[at + e] = (unsigned short)(four[e / 2] >> 16 * (e % 2));
      }
    }
  }
}

template <class Sums, class C>
static __device__ __forceinline__ void write_sums(const Sums &sums, const C &c, int row, int column) {
  if (c.halves) {
    write_halves(sums, c, row, column);
  } else {
    write_floats(sums, c, row, column);
  }
}
