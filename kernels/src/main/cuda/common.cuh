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
