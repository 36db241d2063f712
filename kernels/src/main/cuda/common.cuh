// What every kernel file needs. The same sources are compiled by nvcc (to PTX, see build.sh) and,
// for the test driver (src/test/cuda), by g++ with FACET_HOST defined and the language of CUDA made
// of macros. Rules that make both work:
//  - kernels are extern "C" __global__, their names unique over all files, their parameters plain
//    pointers, ints and floats;
//  - a device function or template with __shared__ variables is static;
//  - dynamic shared memory comes from DYNAMIC_SHARED;
//  - no atomics on floats: sums are added in a fixed order, so that results repeat bit for bit.
#pragma once

#ifndef FACET_HOST
// Declares `T *name`, the dynamic shared memory of the block.
#define DYNAMIC_SHARED(T, name)                                 \
  extern __shared__ __align__(16) unsigned char dynamic_shared[]; \
  T *name = reinterpret_cast<T *>(dynamic_shared)
#endif

#define FULL_WARP 0xffffffffu

// The index of the thread in a one-dimensional grid, and the number of threads of the grid.
static __device__ __forceinline__ int grid_thread() { return blockIdx.x * blockDim.x + threadIdx.x; }
static __device__ __forceinline__ int grid_threads() { return gridDim.x * blockDim.x; }

static __device__ __forceinline__ float warp_sum(float v) {
  for (int offset = 16; offset > 0; offset /= 2) v += __shfl_xor_sync(FULL_WARP, v, offset);
  return v;
}

static __device__ __forceinline__ float warp_max(float v) {
  for (int offset = 16; offset > 0; offset /= 2) v = fmaxf(v, __shfl_xor_sync(FULL_WARP, v, offset));
  return v;
}

// The sum over the threads of a one-dimensional block of whole warps, known to all of them.
// Every thread of the block must call it.
static __device__ float block_sum(float v) {
  __shared__ float partial[32];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
  v = warp_sum(v);
  __syncthreads();  // the last call's result may still be being read
  if (lane == 0) partial[warp] = v;
  __syncthreads();
  return warp_sum(lane < warps ? partial[lane] : 0.0f);
}

// Likewise the maximum.
static __device__ float block_max(float v) {
  __shared__ float partial[32];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
  v = warp_max(v);
  __syncthreads();
  if (lane == 0) partial[warp] = v;
  __syncthreads();
  return warp_max(lane < warps ? partial[lane] : -INFINITY);
}

// ---- sums over the rows of a [rows, columns] matrix -------------------------------------------
//
// A block of 32 x 8 threads has 32 neighbouring columns (threadIdx.x, so that a warp reads 128
// bytes in a row) and walks down its share of the rows, blockIdx.y of gridDim.y, 8 at a time.

#define COLUMN_THREADS 32
#define ROW_THREADS 8

static __device__ __forceinline__ int block_column() { return blockIdx.x * COLUMN_THREADS + threadIdx.x; }

// The rows [from, to) of this block, out of gridDim.y equal shares.
struct RowShare {
  int from, to;
};
static __device__ __forceinline__ RowShare row_share(int rows, int share, int shares) {
  int size = (rows + shares - 1) / shares;
  return {min(rows, share * size), min(rows, (share + 1) * size)};
}

// The sum of the 8 threads that have the same column; right in those with threadIdx.y == 0. Every
// thread of the block must call it.
static __device__ float column_sum_of_block(float v) {
  __shared__ float partial[ROW_THREADS][COLUMN_THREADS];
  __syncthreads();
  partial[threadIdx.y][threadIdx.x] = v;
  __syncthreads();
  float sum = 0;
  for (int y = 0; y < ROW_THREADS; y++) sum += partial[y][threadIdx.x];
  return sum;
}
