// Kernels whose threads do not meet: each must be caught (TestDriverTest).
#include "common.cuh"

extern "C" __global__ void bug_divergent_barrier(float *y) {
  if (threadIdx.x < 16) {
    __syncthreads();
  } else {
    y[threadIdx.x] = 1;
    __syncthreads();
  }
}

// Half a warp shuffles with the mask of all.
extern "C" __global__ void bug_wrong_mask(float *y) {
  float v = threadIdx.x;
  if (threadIdx.x < 16) v = __shfl_xor_sync(FULL_WARP, v, 1);
  y[threadIdx.x] = v;
  if (threadIdx.x >= 16) __syncwarp();
}

// A lane that is not in its own mask.
extern "C" __global__ void bug_mask_without_caller(float *y) {
  y[threadIdx.x] = __shfl_xor_sync(0x0000ffffu, (float)threadIdx.x, 1);
}

// The first warp waits for a barrier, the second for a lane that waits there, too.
extern "C" __global__ void bug_deadlock(float *y) {
  if (threadIdx.x < 33) {
    __syncthreads();
  } else {
    __syncwarp();
  }
  y[threadIdx.x] = 1;
}
